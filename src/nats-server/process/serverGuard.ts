import { spawn } from "node:child_process"

/** Waits for the end of its input, which the kernel closes when the app ends; then ends the server. */
const script = `trap '' HUP INT TERM
read -r _
kill -TERM "$1" 2>/dev/null || exit 0
n=0
while [ "$n" -lt 10 ] && kill -0 "$1" 2>/dev/null; do sleep 1; n=$((n + 1)); done
kill -KILL "$1" 2>/dev/null`

/**
 * Starts a small process that ends a nats-server once this process was killed: SIGTERM, and SIGKILL after 10 s. It has its own
 * session, so that neither Ctrl-C nor a kill of the app's process group reaches it. The returned function ends the guard; it
 * must be called before the server's pid can be reused. Without `sh`, as on Windows, no guard is started; the next start
 * ends a server that is left over.
 */
export const startServerGuard = (serverPid: number): (() => void) => {
  if (process.platform === "win32") return () => {}
  const child = spawn("sh", ["-c", script, "nats-server-guard", `${serverPid}`], {
    cwd: "/",
    detached: true,
    stdio: ["pipe", "ignore", "ignore"]
  })
  child.on("error", () => {})
  child.stdin.on("error", () => {})
  child.unref()
  ;(child.stdin as typeof child.stdin & { readonly unref?: () => void }).unref?.()
  return () => void child.kill("SIGKILL")
}
