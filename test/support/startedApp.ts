import { type ChildProcess, spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { Effect } from "effect"

export interface Started {
  readonly pid: number
  readonly output: () => string
  /** Resolves once its output matches, or with `null` once it has ended. */
  readonly says: (pattern: RegExp) => Effect.Effect<RegExpExecArray | null>
  readonly ended: Effect.Effect<number | null>
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null

/** Starts the app without waiting until it is ready; it is killed with the scope. */
export const startedApp = Effect.fnUntraced(function* (settings: Readonly<Record<string, string>>) {
  const child = yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn(process.execPath, ["scripts/node.cjs", "src/main.ts"], {
        env: { ...process.env, PORT: "0", ...settings },
        stdio: ["ignore", "pipe", "pipe"]
      })
    ),
    (child) => Effect.sync(() => void child.kill("SIGKILL"))
  )
  let text = ""
  const listeners = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      text += `${line}\n`
      listeners.forEach((listener) => listener())
    })
  }
  const until = <A>(find: () => A | undefined) =>
    Effect.callback<A>((resume) => {
      const check = () => {
        const found = find()
        if (found === undefined) return
        listeners.delete(check)
        resume(Effect.succeed(found))
      }
      listeners.add(check)
      child.once("close", check)
      check()
    })
  return {
    pid: child.pid!,
    output: () => text,
    says: (pattern) => until(() => pattern.exec(text) ?? (hasEnded(child) ? null : undefined)),
    ended: until(() => (hasEnded(child) ? { code: child.exitCode } : undefined)).pipe(Effect.map(({ code }) => code))
  } satisfies Started
})
