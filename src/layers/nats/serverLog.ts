import { Effect } from "effect"
import * as fs from "node:fs"

/** The port and version that a nats-server says in its log file, once it is ready. */
export const ready = (file: string): Effect.Effect<{ readonly port: number; readonly version: string }> =>
  Effect.callback((resume) => {
    const look = () => {
      const text = read(file)
      const port = /Listening for client connections on .*:(\d+)/.exec(text)?.[1]
      if (port === undefined || !text.includes("Server is ready")) return
      stop()
      const version = /Version: +(\S+)/.exec(text)?.[1] ?? "unknown"
      resume(Effect.succeed({ port: Number(port), version }))
    }
    const stop = watchLog(file, look)
    look()
    return Effect.sync(stop)
  })

// Where the machine has no file watches left (a common limit on Linux), looking at the file now and then still works.
const watchLog = (file: string, look: () => void): (() => void) => {
  try {
    const watcher = fs.watch(file, look).on("error", look)
    return () => watcher.close()
  } catch {
    fs.watchFile(file, { interval: 20 }, look)
    return () => fs.unwatchFile(file, look)
  }
}

/** A file's text, empty when there is none. */
export const read = (file: string): string => {
  try {
    return fs.readFileSync(file, "utf8")
  } catch {
    return ""
  }
}

/** What a server said last: enough to see why it ended. */
export const lastLines = (file: string): ReadonlyArray<string> =>
  read(file).trimEnd().split("\n").filter(Boolean).slice(-8)
