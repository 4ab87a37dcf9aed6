import { randomUUID } from "node:crypto"
import { open, readFile, rm, writeFile } from "node:fs/promises"
import { hostname } from "node:os"
import { join } from "node:path"
import { Clock, Deferred, Effect, Option, Schema, type Scope } from "effect"
import { errorMessage } from "#layers/services/errorMessage.ts"
import { bootId } from "#nats-server/process/processes.ts"

/** Another machine renews its lease on the data folder. */
export class LeaseHeld extends Schema.TaggedError<LeaseHeld>()("LeaseHeld", { host: Schema.String }) {}

/** Another machine has taken over the lease, since this app did not renew it in time. */
export class LeaseLost extends Schema.TaggedError<LeaseLost>()("LeaseLost", {
  dataDir: Schema.String,
  host: Schema.String
}) {
  override get message(): string {
    return (
      `The data folder ${this.dataDir} was taken over by an app on ${this.host}, since this app was frozen for longer than ` +
      `${staleMillis / 1000} s. It ends, since two servers on one store would corrupt it.`
    )
  }
}

const renewIntervalMillis = 2_000
/** A lease that was not renewed for this time may be taken over. */
export const staleMillis = 15_000
const pollIntervalMillis = 500
/** After this time a lease that was taken over must still be one's own: of two concurrent takeovers the later write wins. */
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

/** Padded to a fixed length, so that a renewal works on a full disk too. */
const formatContent = (content: Content) => `${JSON.stringify(content).padEnd(511)}\n`

export interface Lease {
  /** Never succeeds; fails once another machine has taken over the lease. */
  readonly lost: Effect.Effect<never, LeaseLost>
}

export interface Options {
  readonly dataDir: string
  /** Whether the kernel's lock excludes other processes of this machine. If not, their leases count too. */
  readonly kernelLocked: boolean
  /** Distinguishes the leases of this machine from others'. */
  readonly machine?: { readonly host: string; readonly kernel: string } | undefined
  /** Called before a wait of up to 15 s. */
  readonly report: (line: string) => Effect.Effect<void>
}

type ReadLease = Effect.Effect<string | undefined>

const toLeaseHeld = (text: string | undefined) =>
  new LeaseHeld({ host: parseContent(text ?? "")?.host ?? "another machine" })

/** Succeeds once a lease was removed, or not renewed for 15 s by the monotonic clock. */
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

/** Renews a lease until the scope closes, which removes it. `lost` fails once another machine has taken it over. */
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
    // A failed write is retried by the next renewal; if another machine takes over meanwhile, the file shows it.
    yield* Effect.promise(() => overwrite(file, formatContent(ownContent)).catch(() => undefined))
  })
  yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep(renewIntervalMillis), renew)))
  return { lost: Deferred.await(lost) }
})

/**
 * Acquires the lease on a data folder and renews it every 2 s until the scope closes, for folders that several machines
 * mount: their kernels do not share locks. A lease of another machine is observed by this machine's monotonic clock: it fails
 * with `LeaseHeld` once that is renewed, and takes over a lease that was not renewed for 15 s. It compares no time that
 * another machine wrote. A lease of an earlier run on the same kernel is taken over at once if the kernel's lock is held.
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
    yield* options.report(`the lease ${file} cannot be written (${failure}); apps on other machines are not excluded`)
    return { lost: Effect.never }
  }
  if (!isOwnEarlierLease && !(now === undefined && kernelLocked)) {
    yield* Effect.sleep(takeoverConfirmationMillis)
    const confirmed = yield* read
    if (parseContent(confirmed ?? "")?.token !== ownContent.token) return yield* toLeaseHeld(confirmed)
  }
  return yield* startRenewal(dataDir, file, read, ownContent)
})

/** Succeeds with the reason if the file could not be written, else `undefined`. */
const tryWrite = (file: string, text: string, flag: "w" | "wx") =>
  Effect.promise(() =>
    writeFile(file, text, { flag }).then(
      () => undefined,
      (error: unknown) => errorMessage(error)
    )
  )

/** Overwrites the file in place: a reader never finds it missing, and a full disk has the room. */
const overwrite = async (file: string, text: string) => {
  const handle = await open(file, "r+").catch(() => open(file, "w"))
  try {
    await handle.write(text, 0)
  } finally {
    await handle.close()
  }
}
