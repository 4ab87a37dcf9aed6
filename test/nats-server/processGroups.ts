import { execFileSync, spawn, spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { serverBinary } from "#test/support/testServer.ts"

const script = fileURLToPath(new URL("holder.ts", import.meta.url))

export interface HolderMessage {
  readonly up?: number
  readonly app?: number
  readonly url?: string
  readonly report?: string
  readonly failed?: string
  readonly times?: number
  readonly refused?: number
}

export interface Holder {
  readonly pid: number
  readonly messages: ReadonlyArray<HolderMessage>
  /** The first line that fits, or the last one that it messages before it ended. */
  readonly waitFor: (matches: (message: HolderMessage) => boolean) => Effect.Effect<HolderMessage>
  readonly signal: (name: NodeJS.Signals) => Effect.Effect<void>
  readonly ended: Effect.Effect<number | null>
}

/** Starts a holder process, optionally under another command such as `unshare`; it is killed with the scope. */
export const startHolder = Effect.fnUntraced(function* (
  args: ReadonlyArray<string>,
  wrapper: ReadonlyArray<string> = []
) {
  const binary = yield* Effect.orDie(serverBinary)
  const [command = "", ...rest] = [...wrapper, process.execPath, script, ...args]
  const messages: Array<HolderMessage> = []
  const listeners = new Set<() => void>()
  const child = yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn(command, rest, { env: { ...process.env, NATS_SERVER_BIN: binary }, stdio: ["ignore", "pipe", "inherit"] })
    ),
    (child) =>
      Effect.callback<void>((resume) => {
        if (child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
        child.once("exit", () => resume(Effect.void))
        child.kill("SIGCONT")
        child.kill("SIGTERM")
        setTimeout(() => child.kill("SIGKILL"), 3_000).unref()
      })
  )
  const notify = () => listeners.forEach((listener) => listener())
  createInterface({ input: child.stdout }).on("line", (line) => {
    messages.push(JSON.parse(line) as HolderMessage)
    notify()
  })
  child.once("close", notify)
  const waitFor = (matches: (message: HolderMessage) => boolean) =>
    Effect.callback<HolderMessage>((resume) => {
      const check = () => {
        const hasEnded = child.exitCode !== null || child.signalCode !== null
        const found = messages.find(matches) ?? (hasEnded ? (messages.at(-1) ?? {}) : undefined)
        if (found === undefined) return
        listeners.delete(check)
        resume(Effect.succeed(found))
      }
      listeners.add(check)
      check()
    })
  const ended = Effect.callback<number | null>((resume) => {
    if (child.exitCode !== null || child.signalCode !== null) return resume(Effect.succeed(child.exitCode))
    child.once("close", (code) => resume(Effect.succeed(code)))
  })
  const signal = (name: NodeJS.Signals) => Effect.sync(() => void child.kill(name))
  return { pid: child.pid!, messages, waitFor, signal, ended } satisfies Holder
})

export const isUp = ({ up }: HolderMessage) => up !== undefined
export const hasFailed = ({ failed }: HolderMessage) => failed !== undefined

/** Whether a process runs; a zombie does not. */
export const isRunning = (pid: number): boolean => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    return !/^[ZX]/u.test(stat.slice(stat.lastIndexOf(")") + 2))
  } catch {
    return false
  }
}

/** Waits until a process has ended. */
export const waitUntilGone = (pid: number) =>
  Effect.gen(function* () {
    while (isRunning(pid)) yield* Effect.sleep(20)
  }).pipe(Effect.timeout("15 seconds"))

/** Whether this user can create namespaces, which needs root. */
export const canUnshare = spawnSync("unshare", ["--mount", "--pid", "--fork", "true"]).status === 0

/** The prefix that runs a command in its own pid and mount namespaces, where the folder has another path. */
export const inContainer = (folder: string, at: string): ReadonlyArray<string> => [
  "unshare",
  "--mount",
  "--pid",
  "--fork",
  "--kill-child",
  "--mount-proc",
  "sh",
  "-c",
  `mount --bind "${folder}" "${at}" && exec "$@"`,
  "sh"
]

/** The pids of a process's children. */
export const childrenOf = (pid: number): ReadonlyArray<number> => {
  const out = execFileSync("ps", ["-e", "-o", "pid=,ppid="], { encoding: "utf8" })
  const pairs = out
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/u).map(Number))
  return pairs.filter(([, parent]) => parent === pid).map(([child]) => child!)
}

export const assertClaimRejected = (message: HolderMessage, pattern: RegExp) => {
  assert.isString(message.failed, JSON.stringify(message))
  assert.match(message.failed!, pattern)
  assert.include(message.failed!, "set DATA_DIR to another folder")
}
