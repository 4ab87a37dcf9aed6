import { type ChildProcess, fork, spawn } from "node:child_process"
import { setTimeout } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import { freePort } from "./freePort.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const killTimeoutMillis = 30_000

const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null

const stopProcess = async (child: ChildProcess) => {
  if (hasEnded(child)) return
  const ended = new Promise((resolve) => child.once("exit", resolve))
  child.kill("SIGTERM")
  const killTimeout = new AbortController()
  await Promise.race([
    ended,
    setTimeout(killTimeoutMillis, undefined, { signal: killTimeout.signal }).catch(() => undefined)
  ])
  killTimeout.abort()
  if (!hasEnded(child)) {
    child.kill("SIGKILL")
    await ended
  }
}

/** The next message of a process; rejects if the process ends first. */
const nextMessage = <A>(child: ChildProcess): Promise<A> =>
  new Promise((resolve, reject) => {
    const onExit = (code: number | null) => reject(new Error(`${child.spawnargs.join(" ")} ended with ${code}`))
    child.once("exit", onExit)
    child.once("message", (message) => {
      child.removeListener("exit", onExit)
      resolve(message as A)
    })
  })

/** Starts a server, named by its path in this folder, in a process of its own, which reports its URL; ends with the scope. */
export const startServer = (name: string, ...args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const child = yield* forkProcess(name, args)
    return yield* Effect.tryPromise(() => nextMessage<{ readonly url: string }>(child))
  })

/** Starts a process, named by its path in this folder, that answers each message with another. */
export const startWorker = (name: string) =>
  Effect.map(
    forkProcess(name, []),
    (child) =>
      <A>(question: object) =>
        Effect.tryPromise(() => {
          const answer = nextMessage<A>(child)
          child.send(question)
          return answer
        })
  )

const forkProcess = (name: string, args: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.sync(() => fork(fileURLToPath(new URL(`${name}.ts`, import.meta.url)), args, { cwd: root })),
    (child) => Effect.promise(() => stopProcess(child))
  )

export interface App {
  readonly url: string
  readonly pid: number
  /** Milliseconds from its start until it was ready. */
  readonly millis: number
}

const readyTimeoutMillis = 120_000

/**
 * Starts the app as `npm start` does, and waits until it is ready; ends with the scope. A setting that is `undefined` is
 * unset, also if this process has it.
 */
export const startApp = Effect.fnUntraced(function* (settings: Readonly<Record<string, string | undefined>>) {
  const port = yield* Effect.tryPromise(freePort)
  const url = `http://127.0.0.1:${port}`
  const begin = performance.now()
  const child = yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn(process.execPath, ["scripts/node.cjs", "src/main.ts"], {
        cwd: root,
        env: { ...process.env, LOG_LEVEL: "error", ...settings, PORT: String(port) },
        stdio: ["ignore", "ignore", "inherit"]
      })
    ),
    (child) => Effect.promise(() => stopProcess(child))
  )
  yield* Effect.tryPromise(async () => {
    while (!(await isReady(url))) {
      if (hasEnded(child)) throw new Error(`the app ended with ${child.exitCode} before it was ready`)
      if (performance.now() - begin > readyTimeoutMillis)
        throw new Error(`the app was not ready in ${readyTimeoutMillis / 1000} s`)
      await setTimeout(5)
    }
  })
  return { url, pid: child.pid!, millis: performance.now() - begin }
})

const isReady = async (url: string): Promise<boolean> => {
  try {
    const response = await fetch(`${url}/health/ready`)
    await response.arrayBuffer()
    return response.status === 200
  } catch {
    return false
  }
}
