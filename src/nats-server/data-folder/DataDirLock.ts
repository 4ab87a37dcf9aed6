import { join } from "node:path"
import { Effect, Schema, type Scope } from "effect"
import { errorMessage } from "#layers/services/errorMessage.ts"
import { endLeftover } from "#nats-server/process/leftoverServer.ts"
import { isAppRunning, isVisible, readHolder, removeHolder, isServerRunning, writeHolder } from "./holderFile.ts"
import { type KernelLock, lockFile } from "./kernelLock.ts"
import * as Lease from "./lease.ts"

/**
 * Another app runs on the data folder: two servers on one store would corrupt it. `pid` and `app` are the process ids of its
 * server and its app, 0 if unknown; `where` describes a holder whose processes are not visible from here.
 */
export class DataDirInUse extends Schema.TaggedError<DataDirInUse>()("DataDirInUse", {
  dataDir: Schema.String,
  pid: Schema.Int,
  app: Schema.Int,
  appRuns: Schema.Boolean,
  where: Schema.optional(Schema.String)
}) {
  override get message(): string {
    return `${this.#holder}; two servers on one store would corrupt it. ${this.#remedy}, or set DATA_DIR to another folder.`
  }

  get #holder(): string {
    const { app, dataDir, pid, where } = this
    if (where !== undefined) return `The data folder ${dataDir} is in use ${where}`
    if (!this.appRuns)
      return `A nats-server, process ${pid}, already runs on ${dataDir}, left over from an app that was killed`
    if (pid === 0) return `Process ${app} is just starting a nats-server on ${dataDir}`
    return `A nats-server, process ${pid}, already runs on ${dataDir}, started by process ${app}, which still runs`
  }

  get #remedy(): string {
    if (this.appRuns) return "Stop that app"
    return this.pid === 0
      ? `End that server (\`fuser ${this.dataDir}/nats-server.alive\` names it where it runs)`
      : `It could not be ended: end it with \`kill ${this.pid}\``
  }
}

export interface DataDirLock {
  /** The path of the configuration that the server must be started with: its command line identifies the server. */
  readonly config: string
  /** Records the server's pid, for the error of an app that finds the folder locked. */
  readonly setServerPid: (serverPid: number) => void
  /** Never succeeds; fails once another machine has taken over the folder. */
  readonly lost: Effect.Effect<never, Lease.LeaseLost>
}

const toDataDirInUse = (dataDir: string): DataDirInUse => {
  const holder = readHolder(dataDir)
  const fields = { dataDir, pid: holder?.server ?? 0, app: holder?.app ?? 0, appRuns: true }
  if (holder && !isVisible(holder)) return new DataDirInUse({ ...fields, where: "by an app in another container" })
  // An app that has just started has not written its file yet.
  return holder && isAppRunning(holder)
    ? new DataDirInUse(fields)
    : new DataDirInUse({ ...fields, where: "by an app that just starts" })
}

/** Apps of older versions have no kernel lock, only a file with their pids. */
const findOlderApp = (dataDir: string, config: string): DataDirInUse | undefined => {
  const holder = readHolder(dataDir)
  if (holder === undefined || holder.identity !== undefined) return undefined
  if (!isServerRunning(holder, config) || !isAppRunning(holder)) return undefined
  return new DataDirInUse({ dataDir, pid: holder.server, app: holder.app, appRuns: true })
}

const acquireKernelLock = <E>(dataDir: string, toUnusable: (reason: string) => E) =>
  Effect.acquireRelease(
    Effect.suspend((): Effect.Effect<Exclude<KernelLock, { _tag: "HeldElsewhere" }>, DataDirInUse | E> => {
      try {
        const lock = lockFile(join(dataDir, "nats-server.lock"))
        return lock._tag === "HeldElsewhere" ? Effect.fail(toDataDirInUse(dataDir)) : Effect.succeed(lock)
      } catch (error) {
        return Effect.fail(toUnusable(errorMessage(error)))
      }
    }),
    (lock) => Effect.sync(() => lock._tag === "Locked" && lock.release())
  )

/**
 * Claims `dataDir` (an absolute path that exists) for one nats-server until the scope closes: by a lock of the kernel, which
 * ends with this process, and by a lease for folders that several machines mount. It first ends a server that a killed app
 * left behind. Fails with `DataDirInUse` while another app or its server runs, and with `toUnusable(reason)` if the folder
 * cannot be locked. `report` receives a line about each wait.
 */
export const claim = Effect.fnUntraced(function* <E>(
  dataDir: string,
  toUnusable: (reason: string) => E,
  report: (line: string) => Effect.Effect<void>
): Effect.fn.Return<DataDirLock, DataDirInUse | E, Scope.Scope> {
  const config = join(dataDir, "nats.conf")
  const lock = yield* acquireKernelLock(dataDir, toUnusable)
  const olderHolder = findOlderApp(dataDir, config)
  if (olderHolder) return yield* Effect.fail(olderHolder)
  if (lock._tag === "Unsupported") {
    yield* report(`files in ${dataDir} cannot be locked (${lock.reason}); a lease alone keeps other apps away`)
  }
  const lease = yield* Lease.acquireLease({ dataDir, kernelLocked: lock._tag === "Locked", report }).pipe(
    Effect.mapError(
      ({ host }) => new DataDirInUse({ dataDir, pid: 0, app: 0, appRuns: true, where: `by an app on ${host}` })
    )
  )
  const survivor = yield* endLeftover(dataDir, config, report)
  if (survivor) {
    const where =
      survivor.pid === 0 ? { where: "by a nats-server whose app was killed, in another container" } : undefined
    return yield* Effect.fail(new DataDirInUse({ dataDir, pid: survivor.pid, app: 0, appRuns: false, ...where }))
  }
  const recordServerPid = (server: number) =>
    Effect.try({ try: () => writeHolder(dataDir, server), catch: (error) => toUnusable(errorMessage(error)) })
  yield* Effect.acquireRelease(recordServerPid(0), () => Effect.sync(() => removeHolder(dataDir)))
  return { config, setServerPid: (server) => Effect.runSync(Effect.ignore(recordServerPid(server))), lost: lease.lost }
})
