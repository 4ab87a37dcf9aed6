import * as fs from "node:fs"
import { createServer } from "node:net"
import { Deferred, Effect, Schema, type Scope } from "effect"
import { claim, type DataDirInUse } from "./DataDirLock.ts"
import { diskFull, lastLines, read, ready } from "./serverLog.ts"
import { type Run, spawned } from "./serverProcess.ts"

export { DataDirInUse } from "./DataDirLock.ts"

/** The server could not be started. `log` holds the last lines of what it said itself. */
export class EmbeddedServerFailed extends Schema.TaggedError<EmbeddedServerFailed>()("EmbeddedServerFailed", {
  binary: Schema.String,
  dataDir: Schema.String,
  reason: Schema.String,
  log: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return [
      `The nats-server ${this.binary} did not start on ${this.dataDir}: ${this.reason}. ` +
        `Put right what its last lines name, or set NATS_SERVER to another binary or DATA_DIR to another folder.`,
      ...this.log.map((line) => `  ${line}`)
    ].join("\n")
  }
}

/** The server ended although nobody asked it to. `log` holds the last lines of what it said itself. */
export class ServerDied extends Schema.TaggedError<ServerDied>()("ServerDied", {
  pid: Schema.Int,
  dataDir: Schema.String,
  how: Schema.String,
  log: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return [
      `The nats-server of this app, process ${this.pid}, has ended (${this.how}); what it acknowledged is kept in ` +
        `${this.dataDir}. Start the app again.`,
      ...this.log.map((line) => `  ${line}`)
    ].join("\n")
  }
}

/** The server runs, and stores nothing more until it is started again: its disk is full. */
export class DiskFull extends Schema.TaggedError<DiskFull>()("DiskFull", { dataDir: Schema.String }) {
  override get message(): string {
    return (
      `The disk of ${this.dataDir} is full, and nats-server stores nothing more; what it acknowledged is kept. ` +
      "Make room, and start the app again."
    )
  }
}

export interface Options {
  /** Path of a nats-server that is good enough; see `findServer`. */
  readonly binary: string
  /** Made when missing. Holds `nats.conf`, `nats-server.log`, `nats-server.pid` and the store, `jetstream`. */
  readonly dataDir: string
  /** Preferred port; when it is taken, or none is given, the server picks a free one. */
  readonly port?: number | undefined
  /** How often the store is forced to disk, as nats-server writes durations. Anything but `always` can lose facts. */
  readonly syncInterval?: string | undefined
  /** More lines for `nats.conf`. */
  readonly extraConfig?: string | undefined
}

export interface EmbeddedServer {
  readonly url: string
  readonly port: number
  readonly version: string
  readonly pid: number
  /** Never succeeds; fails when the server ends before its scope does, or can store nothing any more. */
  readonly exited: Effect.Effect<never, ServerDied | DiskFull>
}

// A million facts are read back in a second, or in three if all are of the last minutes: see bench/README.md.
const BOOT_TIMEOUT = "60 seconds"

/**
 * Runs a nats-server with JetStream on 127.0.0.1 until the scope closes: SIGTERM, then SIGKILL after 10 s. It has a
 * process group of its own, so a terminal's Ctrl-C reaches only the app, which can drain first. Succeeds once the
 * server is ready. Fails `DataDirInUse` when a live server is on the same folder, and `EmbeddedServerFailed` with the
 * server's last lines when it ends while booting, cannot be run, or is not ready within 60 s.
 */
export const start = Effect.fn("EmbeddedServer.start")(function* (
  options: Options
): Effect.fn.Return<EmbeddedServer, EmbeddedServerFailed | DataDirInUse, Scope.Scope> {
  const failed = (reason: string, log: ReadonlyArray<string> = []) =>
    new EmbeddedServerFailed({ binary: options.binary, dataDir: options.dataDir, reason, log })

  const unusable = (reason: unknown) => failed(`the folder cannot be used (${reason})`)
  const dataDir = yield* Effect.try({
    try: () => {
      fs.mkdirSync(options.dataDir, { recursive: true })
      return fs.realpathSync(options.dataDir)
    },
    catch: unusable
  })
  const lock = yield* claim(dataDir, unusable)

  const wanted = options.port !== undefined && (yield* isFree(options.port)) ? [options.port, -1] : [-1]
  for (const port of wanted) {
    yield* Effect.try({ try: () => fs.writeFileSync(lock.config, config(options, dataDir, port)), catch: unusable })
    const run = yield* spawned(options.binary, dataDir, lock.config)
    if (run.child.pid !== undefined) lock.holds(run.child.pid)
    const outcome = yield* Effect.raceFirst(readyOf(run), Effect.map(Deferred.await(run.ended), endedEarly)).pipe(
      Effect.timeoutOrElse({
        duration: BOOT_TIMEOUT,
        orElse: () => Effect.succeed(`it was not ready in ${BOOT_TIMEOUT}`)
      })
    )
    if (typeof outcome !== "string") {
      return {
        ...outcome,
        url: `nats://127.0.0.1:${outcome.port}`,
        exited: Effect.raceFirst(
          Effect.flatMap(Deferred.await(run.ended), (how) =>
            Effect.fail(new ServerDied({ pid: outcome.pid, dataDir, how, log: lastLines(run.log) }))
          ),
          Effect.andThen(diskFull(run.log), Effect.fail(new DiskFull({ dataDir })))
        )
      }
    }
    const takenMeanwhile = port !== -1 && read(run.log).includes("address already in use")
    if (!takenMeanwhile) return yield* failed(outcome, lastLines(run.log))
  }
  return yield* failed("no port could be had")
})

// By itself the server takes on three quarters of the disk that is free, and refuses a stream that may grow beyond; also
// the bucket that is made anew on a disk that is fuller by then. How much is kept is for the streams' own limits to say.
const MOST_STORED = "1PB"

const config = (options: Options, dataDir: string, port: number): string =>
  [
    `listen: "127.0.0.1:${port}"`,
    "jetstream {",
    `  store_dir: ${JSON.stringify(dataDir)}`,
    `  sync_interval: ${options.syncInterval ?? "always"}`,
    `  max_file_store: ${MOST_STORED}`,
    "}",
    options.extraConfig ?? "",
    ""
  ].join("\n")

const readyOf = ({ child, log }: Run) => Effect.map(ready(log), (said) => ({ ...said, pid: child.pid ?? 0 }))

const endedEarly = (how: string) => `it ended while starting (${how})`

const isFree = (port: number): Effect.Effect<boolean> =>
  Effect.callback((resume) => {
    const probe = createServer()
    probe.once("error", () => resume(Effect.succeed(false)))
    probe.listen(port, "127.0.0.1", () => probe.close(() => resume(Effect.succeed(true))))
  })
