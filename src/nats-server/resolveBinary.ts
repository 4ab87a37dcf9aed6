import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { Console, Effect, Schema } from "effect"

/** No suitable nats-server was found, downloaded or built. `lines` are the script's last: why each step failed, and the remedy. */
export class ServerNotFound extends Schema.TaggedError<ServerNotFound>()("ServerNotFound", {
  lines: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return ["scripts/nats-server found no suitable nats-server:", ...this.lines].join("\n")
  }
}

/** An interrupted search may take this long to remove its files. */
const cancelTimeout = "3 seconds"

/** A line of the script in the format of the startup log. */
const startupLogLine = (line: string) => `  · ${" ".repeat(8)}  ${line}`

const scriptPath = fileURLToPath(new URL("../../scripts/nats-server", import.meta.url))

/**
 * The absolute path of a nats-server of a supported version, found, downloaded (6 MB) or built by `scripts/nats-server`.
 * With `preferredPath` only that binary is checked. Downloads and builds are printed in the startup log, the rest is logged at
 * debug. Fails with `ServerNotFound`.
 */
export const resolveBinary = Effect.fnUntraced(function* (
  preferredPath?: string
): Effect.fn.Return<string, ServerNotFound> {
  const runFork = Effect.runForkWith(yield* Effect.context())
  return yield* Effect.callback<string, ServerNotFound>((resume) => {
    const child = spawn(process.execPath, [scriptPath], {
      env: { ...process.env, ...(preferredPath !== undefined && { NATS_SERVER: preferredPath }) },
      stdio: ["ignore", "pipe", "pipe"],
      windowsHide: true
    })
    const lines: Array<string> = []
    let output = ""
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text
    })
    createInterface({ input: child.stderr }).on("line", (line) => {
      lines.push(line)
      runFork(/^(?:downloading|building) /u.test(line) ? Console.error(startupLogLine(line)) : Effect.logDebug(line))
    })
    child.once("error", (error) =>
      resume(new ServerNotFound({ lines: [`${scriptPath} cannot be run: ${error.message}`] }))
    )
    child.once("close", (code) =>
      resume(code === 0 ? Effect.succeed(output.trim()) : new ServerNotFound({ lines: lines.slice(-16) }))
    )
    // The script removes partial downloads.
    return Effect.callback<void>((resume) => {
      child.once("close", () => resume(Effect.void))
      if (!child.kill()) resume(Effect.void)
    }).pipe(Effect.timeoutOption(cancelTimeout))
  })
})
