import { type ChildProcess, spawn } from "node:child_process"
import { Effect, Schedule } from "effect"

// Lines of the documentation, as a reader runs them.

export interface Line {
  readonly child: ChildProcess
  readonly output: () => string
  readonly code: Promise<number | null>
}

/** Runs a line in a shell, until the scope closes. */
export const started = (line: string, path: string) =>
  Effect.acquireRelease(
    Effect.sync((): Line => {
      const env = { ...process.env, PATH: `${path}:${process.env.PATH}` }
      const child = spawn("sh", ["-c", line], { env, detached: true, stdio: ["ignore", "pipe", "pipe"] })
      let output = ""
      for (const stream of [child.stdout!, child.stderr!])
        stream.setEncoding("utf8").on("data", (text: string) => void (output += text))
      const code = new Promise<number | null>((resolve) => void child.once("close", resolve))
      return { child, output: () => output, code }
    }),
    ({ child, code }) =>
      Effect.promise(async () => {
        if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, "SIGTERM")
        await code
      })
  )

/** Waits for a text in the output of a line that goes on. */
export const printed = (line: string, { output }: Line, text: RegExp) =>
  Effect.suspend(() => {
    const found = text.exec(output())
    return found ? Effect.succeed(found) : Effect.fail(new Error(`${line}: no ${text} in ${output()}`))
  }).pipe(Effect.retry(Schedule.spaced("50 millis").pipe(Schedule.upTo({ times: 400 }))))
