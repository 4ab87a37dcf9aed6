import { randomBytes } from "node:crypto"
import * as fs from "node:fs"
import { Deferred, Effect, Redacted, type Scope } from "effect"
import { writeCredentials } from "#layers/nats/connection/credentialsFile.ts"
import type { Credentials } from "#layers/nats/connection/serverAddress.ts"
import { reasonOf } from "#layers/services/errorMessage.ts"
import { claim, type DataDirInUse, type DataDirLock } from "./data-folder/DataDirLock.ts"
import { usableFolder } from "./data-folder/dataFolder.ts"
import type { LeaseLost } from "./data-folder/lease.ts"
import { adoptStore } from "./data-folder/storeAccount.ts"
import { DataDirUnusable, DiskFull, EmbeddedServerFailed, PortUnusable, ServerDied } from "./embeddedServerErrors.ts"
import { diskFull, lastLines, outOfSpace, read, ready } from "./process/serverLog.ts"
import { type Run, spawned } from "./process/serverProcess.ts"
import { configOf, environment } from "./serverConfig.ts"
import { obstacleAt, taken } from "./serverPort.ts"

export { DataDirInUse } from "./data-folder/DataDirLock.ts"
export * from "./embeddedServerErrors.ts"

export interface Options {
  /** Path of a nats-server that is good enough; see `findServer`. */
  readonly binary: string
  /**
   * Made when missing. Holds `nats.conf`, `nats-context.json` (the credentials), the store `jetstream`, and
   * `nats-server.log`, `.pid`, `.lock`, `.lease` and `.alive`.
   */
  readonly dataDir: string
  /** Ports to try in this order; 0, or none at all, is any that is free. Fails `PortUnusable` when the last is not. */
  readonly ports?: ReadonlyArray<number> | undefined
  /** How often the store is forced to disk, as nats-server writes durations. Anything but `always` can lose facts. */
  readonly syncInterval?: string | undefined
  /** More lines for `nats.conf`. */
  readonly extraConfig?: string | undefined
  /**
   * Whether clients without credentials may only look. The credentials are new at each start, and also stand in a file of
   * the data folder that only its owner can read. Without it, everybody on the machine may do everything: for tests.
   */
  readonly guarded?: boolean | undefined
  /** Takes a line about what a start waits for, or has put right. It is logged as a warning otherwise. */
  readonly report?: ((line: string) => Effect.Effect<void>) | undefined
}

export interface EmbeddedServer {
  /** Without credentials. */
  readonly url: string
  /** What to connect with to do more than look; none are needed where the server is not `guarded`. */
  readonly credentials: Credentials | undefined
  readonly port: number
  readonly version: string
  readonly pid: number
  /** Its data folder, absolute and without symbolic links. */
  readonly dataDir: string
  /** Never succeeds; fails when the server ends before its scope does, can store nothing any more, or lost its folder. */
  readonly exited: Effect.Effect<never, ServerDied | DiskFull | LeaseLost>
}

type NotStarted = EmbeddedServerFailed | DataDirUnusable | DataDirInUse | DiskFull | PortUnusable

// A million facts are read back in a second, or in three if all are of the last minutes: see bench/README.md.
const BOOT_TIMEOUT = "60 seconds"

/** Always a new pair. The letter keeps the server's configuration from reading the password as a number. */
const newCredentials = (): Credentials => ({
  user: "app",
  password: Redacted.make(`p${randomBytes(24).toString("hex")}`)
})

/**
 * Runs a nats-server with JetStream on 127.0.0.1 until the scope closes: SIGTERM, then SIGKILL after 10 s. It has a
 * process group of its own, so a terminal's Ctrl-C reaches only the app, which can drain first; if the app is killed, a
 * guard ends it. Succeeds once the server is ready. Fails `DataDirInUse` when another app runs on the same folder,
 * `DataDirUnusable` or `DiskFull` when the folder cannot hold its files, `PortUnusable` when no port of those that were
 * named can be listened on, and `EmbeddedServerFailed` with the server's last lines when it
 * ends while booting, cannot be run, or is not ready within 60 s.
 */
export const start = Effect.fn("EmbeddedServer.start")(function* (
  options: Options
): Effect.fn.Return<EmbeddedServer, NotStarted, Scope.Scope> {
  const { binary, dataDir: named } = options
  const failed = (reason: string, log: ReadonlyArray<string> = []) =>
    new EmbeddedServerFailed({ binary, dataDir: named, reason, log })
  const unusable = (reason: string) => new DataDirUnusable({ dataDir: named, reason })

  const dataDir = yield* Effect.mapError(usableFolder(named), unusable)
  const lock = yield* claim(dataDir, unusable, options.report ?? Effect.logWarning)
  const credentials = options.guarded ? newCredentials() : undefined
  if (credentials) {
    const reason = yield* Effect.try({ try: () => adoptStore(dataDir), catch: (error) => unusable(reasonOf(error)) })
    if (reason !== undefined) return yield* unusable(reason)
  }
  let unusablePort = new PortUnusable({ port: 0, reason: taken })
  for (const port of options.ports ?? [0]) {
    const obstacle = port === 0 ? undefined : yield* obstacleAt(port)
    if (obstacle !== undefined) {
      unusablePort = new PortUnusable({ port, reason: obstacle })
      continue
    }
    const run = yield* launched(options, dataDir, lock, port, credentials).pipe(
      Effect.mapError((error) => unusable(reasonOf(error)))
    )
    const outcome = yield* booted(run, dataDir)
    if (typeof outcome !== "string") {
      run.ready = true
      const url = `nats://127.0.0.1:${outcome.port}`
      if (credentials)
        yield* Effect.mapError(writeCredentials(dataDir, url, credentials), (error) => unusable(reasonOf(error)))
      return { ...outcome, url, credentials, dataDir, exited: exitOf(run, outcome.pid, dataDir, lock) }
    }
    const takenMeanwhile = port !== 0 && read(run.log).includes("address already in use")
    if (!takenMeanwhile) return yield* failed(outcome, lastLines(run.log))
    unusablePort = new PortUnusable({ port, reason: taken })
  }
  return yield* unusablePort
})

const launched = Effect.fnUntraced(function* (
  options: Options,
  dataDir: string,
  lock: DataDirLock,
  port: number,
  credentials: Credentials | undefined
) {
  const config = configOf({
    dataDir,
    port: port === 0 ? -1 : port,
    syncInterval: options.syncInterval ?? "always",
    guarded: credentials !== undefined,
    extraConfig: options.extraConfig ?? ""
  })
  yield* Effect.try({ try: () => fs.writeFileSync(lock.config, config), catch: (error) => error })
  const variables = credentials && environment(credentials.user, Redacted.value(credentials.password))
  const run = yield* spawned(options.binary, dataDir, lock.config, variables)
  if (run.child.pid !== undefined) lock.holds(run.child.pid)
  return run
})

/** What a server says of itself once it is ready; else why it is not. It cannot say anything on a disk that is full. */
const booted = (run: Run, dataDir: string) =>
  Effect.raceAllFirst([
    Effect.map(ready(run.log), (said) => ({ ...said, pid: run.child.pid ?? 0 })),
    Effect.map(Deferred.await(run.ended), (how) => `it ended while starting (${how})`),
    Effect.andThen(outOfSpace(dataDir), Effect.fail(new DiskFull({ dataDir })))
  ]).pipe(
    Effect.timeoutOrElse({
      duration: BOOT_TIMEOUT,
      orElse: () => Effect.succeed(`it was not ready in ${BOOT_TIMEOUT}`)
    })
  )

const exitOf = (run: Run, pid: number, dataDir: string, { lost }: DataDirLock) =>
  Effect.raceAllFirst([
    Effect.flatMap(Deferred.await(run.ended), (how) =>
      Effect.fail(new ServerDied({ pid, dataDir, how, log: lastLines(run.log) }))
    ),
    Effect.andThen(diskFull(run.log), Effect.fail(new DiskFull({ dataDir }))),
    lost
  ])
