import { randomBytes } from "node:crypto"
import * as fs from "node:fs"
import { Deferred, Effect, Redacted, type Scope } from "effect"
import { writeCredentials } from "#layers/nats/connection/credentialsFile.ts"
import type { Credentials } from "#layers/nats/connection/serverAddress.ts"
import { errorMessage } from "#layers/services/errorMessage.ts"
import type { BrowserAccess } from "./browserAccess.ts"
import { claim, type DataDirInUse, type DataDirLock } from "./data-folder/DataDirLock.ts"
import { ensureUsableFolder } from "./data-folder/ensureUsableFolder.ts"
import type { LeaseLost } from "./data-folder/lease.ts"
import { moveToAppAccount } from "./data-folder/moveToAppAccount.ts"
import { DataDirUnusable, DiskFull, EmbeddedServerFailed, PortUnusable, ServerDied } from "./embeddedServerErrors.ts"
import { awaitDiskFull, lastLines, awaitOutOfSpace, readLog, awaitReady } from "./process/serverLog.ts"
import { type ServerProcess, spawnServer } from "./process/serverProcess.ts"
import { renderConfig, credentialsEnvironment } from "./serverConfig.ts"
import { portProblem, portInUse } from "./serverPort.ts"

export { DataDirInUse } from "./data-folder/DataDirLock.ts"
export * from "./embeddedServerErrors.ts"

export interface Options {
  /** Path of a nats-server of a supported version; see `resolveBinary`. */
  readonly binary: string
  /**
   * Created if missing. Holds `nats.conf`, `nats-context.json` (the credentials), the store `jetstream`, and
   * `nats-server.log`, `.pid`, `.lock`, `.lease` and `.alive`.
   */
  readonly dataDir: string
  /** Ports to try in this order; 0, the default, is any free port. Fails with `PortUnusable` if none can be used. */
  readonly ports?: ReadonlyArray<number> | undefined
  /** nats-server's `sync_interval`; the default is `always`, and anything else can lose acknowledged events. */
  readonly syncInterval?: string | undefined
  /** More lines for `nats.conf`. */
  readonly extraConfig?: string | undefined
  /**
   * Whether clients without credentials can only read. The credentials are new at each start, and are also in a file of the
   * data folder that only its owner can read. Without it, every client on the machine can do everything: for tests.
   */
  readonly restrictAnonymous?: boolean | undefined
  /** Lets browsers read rows over WebSocket; needs `restrictAnonymous`. Nobody is admitted until the app answers for them. */
  readonly browsers?: BrowserAccess | undefined
  /** Receives a line about each wait and each repair of a start. By default the line is logged as a warning. */
  readonly report?: ((line: string) => Effect.Effect<void>) | undefined
}

export interface EmbeddedServer {
  /** Without credentials. */
  readonly url: string
  /** The app's credentials; none without `restrictAnonymous`. */
  readonly credentials: Credentials | undefined
  readonly port: number
  readonly version: string
  readonly pid: number
  /** Its data folder, absolute and without symbolic links. */
  readonly dataDir: string
  /** Never succeeds; fails once the server ends before its scope, its disk is full, or its folder was taken over. */
  readonly exited: Effect.Effect<never, ServerDied | DiskFull | LeaseLost>
}

type StartError = EmbeddedServerFailed | DataDirUnusable | DataDirInUse | DiskFull | PortUnusable

// A server reads back a million events in a second, or in three if all are of the last minutes: see bench/README.md.
const bootTimeout = "60 seconds"

/** A new password each time. Its first letter keeps the server's configuration parser from reading a number. */
const newCredentials = (): Credentials => ({
  user: "app",
  password: Redacted.make(`p${randomBytes(24).toString("hex")}`)
})

/**
 * Runs a nats-server with JetStream on 127.0.0.1 until the scope closes: SIGTERM, then SIGKILL after 10 s. It has a
 * process group of its own, so a terminal's Ctrl-C reaches only the app, which can drain first; if the app is killed, a
 * guard ends it. Succeeds once the server is ready. Fails with `DataDirInUse` if another app runs on the same folder,
 * `DataDirUnusable` or `DiskFull` if the folder cannot hold its files, `PortUnusable` if it can listen on none of the
 * ports, and `EmbeddedServerFailed` with the server's last lines if it ends while booting, cannot be run, or is not ready
 * within 60 s.
 */
export const start = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<EmbeddedServer, StartError, Scope.Scope> {
  const { binary, dataDir: requestedDir } = options
  const failed = (reason: string, log: ReadonlyArray<string> = []) =>
    new EmbeddedServerFailed({ binary, dataDir: requestedDir, reason, log })
  const toUnusable = (reason: string) => new DataDirUnusable({ dataDir: requestedDir, reason })

  const dataDir = yield* Effect.mapError(ensureUsableFolder(requestedDir), toUnusable)
  const lock = yield* claim(dataDir, toUnusable, options.report ?? Effect.logWarning)
  const credentials = options.restrictAnonymous ? newCredentials() : undefined
  if (credentials) {
    const reason = yield* Effect.try({
      try: () => moveToAppAccount(dataDir),
      catch: (error) => toUnusable(errorMessage(error))
    })
    if (reason !== undefined) return yield* toUnusable(reason)
  }
  const webSocketObstacle = options.browsers && (yield* portProblem(options.browsers.port))
  if (options.browsers && webSocketObstacle !== undefined)
    return yield* new PortUnusable({ port: options.browsers.port, reason: webSocketObstacle, isForBrowsers: true })
  let unusablePort = new PortUnusable({ port: 0, reason: portInUse })
  for (const port of options.ports ?? [0]) {
    const obstacle = port === 0 ? undefined : yield* portProblem(port)
    if (obstacle !== undefined) {
      unusablePort = new PortUnusable({ port, reason: obstacle })
      continue
    }
    const server = yield* launch(options, dataDir, lock, port, credentials).pipe(
      Effect.mapError((error) => toUnusable(errorMessage(error)))
    )
    const outcome = yield* awaitBoot(server, dataDir)
    if (typeof outcome !== "string") {
      server.ready = true
      const url = `nats://127.0.0.1:${outcome.port}`
      if (credentials)
        yield* Effect.mapError(writeCredentials(dataDir, url, credentials), (error) => toUnusable(errorMessage(error)))
      return { ...outcome, url, credentials, dataDir, exited: awaitExit(server, outcome.pid, dataDir, lock) }
    }
    const isPortTaken = port !== 0 && readLog(server.log).includes("address already in use")
    if (!isPortTaken) return yield* failed(outcome, lastLines(server.log))
    unusablePort = new PortUnusable({ port, reason: portInUse })
  }
  return yield* unusablePort
})

const launch = Effect.fnUntraced(function* (
  options: Options,
  dataDir: string,
  lock: DataDirLock,
  port: number,
  credentials: Credentials | undefined
) {
  const config = renderConfig({
    dataDir,
    port: port === 0 ? -1 : port,
    syncInterval: options.syncInterval ?? "always",
    restrictAnonymous: credentials !== undefined,
    browsers: options.browsers,
    extraConfig: options.extraConfig ?? ""
  })
  yield* Effect.try({ try: () => fs.writeFileSync(lock.config, config), catch: (error) => error })
  const variables = credentials && credentialsEnvironment(credentials.user, Redacted.value(credentials.password))
  const server = yield* spawnServer(options.binary, dataDir, lock.config, variables)
  if (server.child.pid !== undefined) lock.setServerPid(server.child.pid)
  return server
})

/** Port, version and pid once the server is ready, or why it is not. On a full disk the server cannot log a reason. */
const awaitBoot = (server: ServerProcess, dataDir: string) =>
  Effect.raceAllFirst([
    Effect.map(awaitReady(server.log), (startup) => ({ ...startup, pid: server.child.pid ?? 0 })),
    Effect.map(Deferred.await(server.ended), (how) => `it ended while starting (${how})`),
    Effect.andThen(awaitOutOfSpace(dataDir), Effect.fail(new DiskFull({ dataDir })))
  ]).pipe(
    Effect.timeoutOrElse({
      duration: bootTimeout,
      orElse: () => Effect.succeed(`it was not ready in ${bootTimeout}`)
    })
  )

const awaitExit = (server: ServerProcess, pid: number, dataDir: string, { lost }: DataDirLock) =>
  Effect.raceAllFirst([
    Effect.flatMap(Deferred.await(server.ended), (how) =>
      Effect.fail(new ServerDied({ pid, dataDir, how, log: lastLines(server.log) }))
    ),
    Effect.andThen(awaitDiskFull(server.log), Effect.fail(new DiskFull({ dataDir }))),
    lost
  ])
