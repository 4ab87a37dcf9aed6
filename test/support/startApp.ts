import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import type { ConnectionOptions } from "@nats-io/transport-node"
import { Data, Effect } from "effect"

/** The app ended before it was ready. */
export class NotStarted extends Data.TaggedError("NotStarted")<{
  readonly output: string
  readonly code: number | null
}> {
  override get message() {
    return `npm start ended with ${this.code} before it was ready:\n${this.output}`
  }
}

export interface AppExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** The time from the signal to the end. */
  readonly millis: number
}

export interface App {
  readonly url: string
  /** The URL of NATS. On the app's own server, clients without credentials can only read. */
  readonly nats: string | undefined
  /** The options of a connection with the app's rights. */
  readonly operator: ConnectionOptions
  readonly pid: number
  /** Everything it has printed. */
  readonly output: () => string
  readonly ended: Effect.Effect<AppExit>
  /** Signals its process group, as a terminal does, and waits for its end. */
  readonly end: (signal: NodeJS.Signals) => Effect.Effect<AppExit>
}

/** Connection options from the credentials in the data folder, if the app runs its own server. */
const operatorOf = (nats: string | undefined, dataDir = ".data"): ConnectionOptions => {
  const file = join(dataDir, "nats-context.json")
  const servers = nats === undefined ? {} : { servers: nats.split(",") }
  if (!existsSync(file)) return servers
  const { password, url, user } = JSON.parse(readFileSync(file, "utf8")) as Record<"password" | "url" | "user", string>
  return url === nats ? { ...servers, user, pass: password } : servers
}

const root = new URL("../../", import.meta.url)

const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null

const waitForExit = (child: ChildProcess) =>
  Effect.callback<AppExit>((resume) => {
    const begin = performance.now()
    child.once("close", (code, signal) => resume(Effect.succeed({ code, signal, millis: performance.now() - begin })))
  })

const signalAndWait = (child: ChildProcess, signal: NodeJS.Signals) =>
  Effect.suspend(() => {
    process.kill(-child.pid!, signal)
    return waitForExit(child)
  })

/**
 * Runs `npm start` on a free port, in its own process group, with these settings, until the scope closes. `command` replaces
 * `npm start`, as an image does.
 */
export const startApp = Effect.fnUntraced(function* (
  settings: Readonly<Record<string, string>>,
  [command, ...args]: readonly [string, ...ReadonlyArray<string>] = ["npm", "start"],
  cwd: string | URL = root
) {
  const { child, lines } = yield* Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(command, args, {
        cwd,
        env: { ...process.env, PORT: "0", ...settings },
        detached: true,
        stdio: ["ignore", "pipe", "pipe"]
      })
      return { child, lines: [] as Array<string> }
    }),
    ({ child }) => Effect.suspend(() => (hasEnded(child) ? Effect.void : signalAndWait(child, "SIGTERM")))
  )
  const output = () => lines.join("\n")
  yield* Effect.callback<void, NotStarted>((resume) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        lines.push(line)
        if (line === "Ctrl-C to stop") resume(Effect.void)
      })
    }
    child.once("close", (code) => resume(Effect.fail(new NotStarted({ output: output(), code }))))
  })
  const address = (name: string) => output().match(new RegExp(`^ {2}${name} +(\\S+)$`, "mu"))?.[1]
  const app: App = {
    url: address("API")!,
    nats: address("NATS"),
    operator: operatorOf(address("NATS"), settings.DATA_DIR),
    pid: child.pid!,
    output,
    ended: waitForExit(child),
    end: (signal) => signalAndWait(child, signal)
  }
  return app
})
