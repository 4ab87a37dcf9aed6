import * as fs from "node:fs"
import { Effect, Schedule } from "effect"

/** Only the last characters of a log are searched. */
const maxSearchedChars = 65_536

/** Succeeds with the first result of `find` on the text of a log file, which it applies again whenever the file grows. */
const waitForLine = <A>(file: string, find: (text: string) => A | undefined): Effect.Effect<A> =>
  Effect.callback((resume) => {
    let text = ""
    let offset = 0
    const check = () => {
      const chunk = readFrom(file, offset)
      offset += chunk.length
      text = (text + chunk.toString()).slice(-maxSearchedChars)
      const found = find(text)
      if (found === undefined) return
      stop()
      resume(Effect.succeed(found))
    }
    const stop = watchLog(file, check)
    check()
    return Effect.sync(stop)
  })

/** The port and version in a nats-server's log file, once it is ready. */
export const awaitReady = (file: string): Effect.Effect<{ readonly port: number; readonly version: string }> =>
  waitForLine(file, (text) => {
    const port = /Listening for client connections on .*:(\d+)/.exec(text)?.[1]
    if (port === undefined || !text.includes("Server is ready")) return undefined
    return { port: Number(port), version: /Version: +(\S+)/.exec(text)?.[1] ?? "unknown" }
  })

/**
 * Waits until a nats-server logs that its disk is full. A stream that it could not write rejects messages until the server is
 * restarted, even if there is room again; if the stream copies another one, the server turns off JetStream altogether.
 */
export const awaitDiskFull = (file: string): Effect.Effect<true> =>
  waitForLine(file, (text) => /no space left|will be DISABLED/u.test(text) || undefined)

const pollIntervalMillis = 500
const minBlockBytes = 4_096

/** Waits until a folder's disk has no room for another block: a server there cannot even log the problem. */
export const awaitOutOfSpace = (folder: string): Effect.Effect<void> =>
  Effect.promise(() =>
    fs.promises.statfs(folder).then(
      ({ bavail, bsize }) => bavail * bsize < minBlockBytes,
      () => false
    )
  ).pipe(Effect.repeat({ until: (isFull) => isFull, schedule: Schedule.spaced(pollIntervalMillis) }), Effect.asVoid)

// If the machine has no file watches left (a common limit on Linux), polling the file still works.
const watchLog = (file: string, onChange: () => void): (() => void) => {
  try {
    const watcher = fs.watch(file, onChange).on("error", onChange)
    return () => watcher.close()
  } catch {
    fs.watchFile(file, { interval: 20 }, onChange)
    return () => fs.unwatchFile(file, onChange)
  }
}

const emptyBuffer = Buffer.alloc(0)

/** The content of a file from an offset on; empty if there is no file. */
const readFrom = (file: string, offset: number): Buffer => {
  try {
    const handle = fs.openSync(file, "r")
    try {
      const bytes = Buffer.alloc(fs.fstatSync(handle).size - offset)
      return bytes.subarray(0, fs.readSync(handle, bytes, 0, bytes.length, offset))
    } finally {
      fs.closeSync(handle)
    }
  } catch {
    return emptyBuffer
  }
}

/** A file's text, empty when there is none. */
export const readLog = (file: string): string => readFrom(file, 0).toString()

/** The last lines of a server's log, which show why it ended. */
export const lastLines = (file: string): ReadonlyArray<string> =>
  readLog(file).trimEnd().split("\n").filter(Boolean).slice(-8)
