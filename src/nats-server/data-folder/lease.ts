import { randomUUID } from "node:crypto"
import { open, readFile, rm, writeFile } from "node:fs/promises"
import { hostname } from "node:os"
import { join } from "node:path"
import { Clock, Deferred, Effect, Option, Schema, type Scope } from "effect"
import { errorMessage } from "#layers/services/errorMessage.ts"
import { bootId } from "#nats-server/process/processes.ts"

/** Another machine renews its lease on the data folder. */
export class LeaseHeld extends Schema.TaggedError<LeaseHeld>()("LeaseHeld", { host: Schema.String }) {}

/** Another machine has taken the lease over, since this app did not renew it in time. */
export class LeaseLost extends Schema.TaggedError<LeaseLost>()("LeaseLost", {
  dataDir: Schema.String,
  host: Schema.String
}) {
  override get message(): string {
    return (
      `The data folder ${this.dataDir} was taken over by an app on ${this.host}, since this app stood still for longer than ` +
      `${staleMillis / 1000} s. It ends, since two servers on one store would corrupt it.`
    )
  }
}

const renewIntervalMillis = 2_000
/** A lease that was not renewed for so long may be taken over. */
export const staleMillis = 15_000
const pollIntervalMillis = 500
/** So much later a lease that was taken over must still be one's own: of two that take it over at once the later has it. */
const takeoverConfirmationMillis = 1_500

const Content = Schema.Struct({
  token: Schema.String,
  host: Schema.String,
  kernel: Schema.String,
  renewals: Schema.Int
})
type Content = typeof Content.Type
const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Content))
const parseContent = (text: string) => Option.getOrUndefined(decode(text.trim()))

/** Of one length, so that renewing it needs no more of a disk that is full. */
const formatContent = (content: Content) => `${JSON.stringify(content).padEnd(511)}\n`

export interface Lease {
  /** Never succeeds; fails when another machine has taken it over. */
  readonly lost: Effect.Effect<never, LeaseLost>
}

export interface Options {
  readonly dataDir: string
  /** Whether this kernel vouches that no other process on it has the folder. Else leases of its processes count, too. */
  readonly kernelLocked: boolean
  /** What tells this machine's leases from others'. */
  readonly machine?: { readonly host: string; readonly kernel: string } | undefined
  /** Called before a wait of up to 15 s. */
  readonly report: (line: string) => Effect.Effect<void>
}

type ReadLease = Effect.Effect<string | undefined>

const toLeaseHeld = (text: string | undefined) =>
  new LeaseHeld({ host: parseContent(text ?? "")?.host ?? "another machine" })

/** Succeeds once a lease was neither renewed for 15 s nor given up before. Measured by a clock that is never set. */
const awaitAbandoned = Effect.fnUntraced(function* ({ dataDir, report }: Options, read: ReadLease, text: string) {
  yield* report(
    `${dataDir} was last used by an app on ${toLeaseHeld(text).host} that did not end by itself; waiting up to ` +
      `${staleMillis / 1000} s to see whether it still runs`
  )
  const deadlineNanos = (yield* Clock.monotonicTimeNanos) + BigInt(staleMillis) * 1_000_000n
  while ((yield* Clock.monotonicTimeNanos) < deadlineNanos) {
    yield* Effect.sleep(pollIntervalMillis)
    const now = yield* read
    if (now === undefined) return
    if (now !== text) return yield* toLeaseHeld(now)
  }
})

/** Renews a lease until the scope closes, which removes it; what it answers with fails when it has become another's. */
const startRenewal = Effect.fnUntraced(function* (dataDir: string, file: string, read: ReadLease, first: Content) {
  yield* Effect.addFinalizer(() =>
    Effect.promise(async () => {
      const now = parseContent(await readFile(file, "utf8").catch(() => ""))
      if (now?.token === first.token) await rm(file, { force: true }).catch(() => undefined)
    })
  )
  const lost = yield* Deferred.make<never, LeaseLost>()
  let ownContent = first
  const renew = Effect.gen(function* () {
    const now = parseContent((yield* read) ?? "")
    if (now !== undefined && now.token !== ownContent.token) {
      yield* Deferred.fail(lost, new LeaseLost({ dataDir, host: now.host }))
      return yield* Effect.never
    }
    ownContent = { ...ownContent, renewals: ownContent.renewals + 1 }
    // What cannot be written now is tried again; whether another machine noticed shows in the file.
    yield* Effect.promise(() => overwrite(file, formatContent(ownContent)).catch(() => undefined))
  })
  yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep(renewIntervalMillis), renew)))
  return { lost: Deferred.await(lost) }
})

/**
 * Takes the lease on a data folder and renews it every 2 s until the scope closes, for folders that several machines mount:
 * their kernels do not share locks. A lease of another machine is watched by this one's monotonic clock: it fails
 * `LeaseHeld` once it is renewed, and takes over one that was not renewed for 15 s. No time that another machine wrote
 * is compared. A lease that an earlier run on the same kernel left is taken at once if the kernel's lock is held.
 */
export const acquireLease = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<Lease, LeaseHeld, Scope.Scope> {
  const { dataDir, kernelLocked } = options
  const file = join(dataDir, "nats-server.lease")
  const machine = options.machine ?? { host: hostname(), kernel: bootId() }
  const read: ReadLease = Effect.promise(() => readFile(file, "utf8").catch(() => undefined))
  const ownContent: Content = { ...machine, token: randomUUID(), renewals: 0 }

  const text = yield* read
  const isOwnEarlierLease = text !== undefined && kernelLocked && parseContent(text)?.kernel === machine.kernel
  if (text !== undefined && !isOwnEarlierLease) yield* awaitAbandoned(options, read, text)
  const now = yield* read
  if (now !== undefined && now !== text) return yield* toLeaseHeld(now)
  const failure = yield* tryWrite(file, formatContent(ownContent), now === undefined ? "wx" : "w")
  if (failure !== undefined) {
    if (!kernelLocked) return yield* new LeaseHeld({ host: `a machine that is not known (${failure})` })
    const other = yield* read
    if (now === undefined && other !== undefined) return yield* toLeaseHeld(other)
    yield* options.report(`the lease ${file} cannot be written (${failure}); apps on other machines are not kept away`)
    return { lost: Effect.never }
  }
  if (!isOwnEarlierLease && !(now === undefined && kernelLocked)) {
    yield* Effect.sleep(takeoverConfirmationMillis)
    const confirmed = yield* read
    if (parseContent(confirmed ?? "")?.token !== ownContent.token) return yield* toLeaseHeld(confirmed)
  }
  return yield* startRenewal(dataDir, file, read, ownContent)
})

/** Why it could not be written; undefined if it was. */
const tryWrite = (file: string, text: string, flag: "w" | "wx") =>
  Effect.promise(() =>
    writeFile(file, text, { flag }).then(
      () => undefined,
      (error: unknown) => errorMessage(error)
    )
  )

/** In place: a reader never finds it missing, and a full disk has the room. */
const overwrite = async (file: string, text: string) => {
  const handle = await open(file, "r+").catch(() => open(file, "w"))
  try {
    await handle.write(text, 0)
  } finally {
    await handle.close()
  }
}
