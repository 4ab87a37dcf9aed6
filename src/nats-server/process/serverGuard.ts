import { spawn } from "node:child_process"

/** Waits for the end of its input, which the kernel brings about when the app ends; then ends the server. */
const script = `trap '' HUP INT TERM
read -r _
kill -TERM "$1" 2>/dev/null || exit 0
n=0
while [ "$n" -lt 10 ] && kill -0 "$1" 2>/dev/null; do sleep 1; n=$((n + 1)); done
kill -KILL "$1" 2>/dev/null`

/**
 * Starts a small process beside a nats-server that ends it if this process is killed and cannot: SIGTERM, and SIGKILL after 10 s.
 * It is in a session of its own, so that neither Ctrl-C nor a kill of the app's process group reaches it. What it answers
 * with takes it away again, which must be done before the server's pid can become another process's. Where there is no
 * `sh`, as on Windows, nothing is started; the next start ends a server that is left over.
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
