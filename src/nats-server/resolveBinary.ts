import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { Console, Effect, Schema } from "effect"

/** No good nats-server could be found or fetched. `lines` are the script's last: why each step failed, what to do. */
export class ServerNotFound extends Schema.TaggedError<ServerNotFound>()("ServerNotFound", {
  lines: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return ["scripts/nats-server found no good nats-server:", ...this.lines].join("\n")
  }
}

/** As long as a search that is interrupted may take to remove what it has written. */
const cancelTimeout = "3 seconds"

/** What takes a while stands in the banner like what is waited for. */
const startupLogLine = (line: string) => `  · ${" ".repeat(8)}  ${line}`

const scriptPath = fileURLToPath(new URL("../../scripts/nats-server", import.meta.url))

/**
 * The absolute path of a good nats-server, as `scripts/nats-server` finds or fetches it; the first time this can take as
 * long as a download of 6 MB. `wanted` is the path of one to take if it is good. What is downloaded is printed as a line of
 * the banner, the rest is logged at debug. Fails `ServerNotFound` with the script's own account.
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
      runFork(line.startsWith("downloading ") ? Console.error(startupLogLine(line)) : Effect.logDebug(line))
    })
    child.once("error", (error) =>
      resume(new ServerNotFound({ lines: [`${scriptPath} cannot be run: ${error.message}`] }))
    )
    child.once("close", (code) =>
      resume(code === 0 ? Effect.succeed(output.trim()) : new ServerNotFound({ lines: lines.slice(-16) }))
    )
    // It removes what it has downloaded in part.
    return Effect.callback<void>((resume) => {
      child.once("close", () => resume(Effect.void))
      if (!child.kill()) resume(Effect.void)
    }).pipe(Effect.timeoutOption(cancelTimeout))
  })
})
