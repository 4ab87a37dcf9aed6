import { Data, Effect, Random } from "effect"
import { type Checkpoint, encode, lookAt } from "#layers/processors/checkpoint.ts"
import { smallValues } from "#layers/services/boundedValues.ts"
import { progressKey } from "#layers/services/buckets.ts"
import type { EventLog } from "#layers/services/EventLog.ts"
import { type Bucket, RevisionChanged, type StoreUnavailable } from "#layers/services/KeyValue.ts"

/** What this process knows of the rows is not so any more: they were taken away, and are made anew. */
export class RowsReplaced extends Data.TaggedError("RowsReplaced") {
  override readonly message = "its rows were taken away since, and are made anew"
}

/** Another process took facts since this one did: what this one was handed next need not be what comes next. */
export class TakenByAnother extends Data.TaggedError("TakenByAnother") {
  override readonly message = "another process has taken facts meanwhile"
}

/** Another instance, with other code of this view, has rebuilt the rows since this process began with its own. */
export class OtherCode extends Data.TaggedError("OtherCode")<{ readonly view: string }> {
  override get message() {
    return `Another instance runs other code of ${this.view} and has rebuilt its rows. This instance stands by for it. Give a changed view a new version, or end the instances that run one of the two.`
  }
}

/** The state of a view's rows beside their positions. */
export interface Code {
  /** Of the code that folds them; rows of other code are rebuilt. */
  readonly fingerprint: string
  /** Whether this process has had rows of this fingerprint: then it does not take them from others again. */
  readonly hasBegun: () => boolean
  /** Why the rows of a generation cannot be trusted, if so. */
  readonly distrust: (generation: string | undefined) => string | undefined
  /** The revision of the bucket up to which every row is known to be genuine. */
  readonly checked: () => number
  /** Before the rows are removed. */
  readonly beforeRebuild: Effect.Effect<void, StoreUnavailable>
}

type Looked = Effect.Success<ReturnType<typeof lookAt>>

/** Why the rows that a checkpoint stands for cannot be used. */
const whyUseless = (
  { isUnreadable, known, writer }: Looked,
  { identity, newest, code }: { readonly identity: string; readonly newest: number; readonly code: Code | undefined }
): string | undefined => {
  if (isUnreadable) return "its checkpoint cannot be read"
  if (known === undefined) return undefined
  if (known.log !== identity) return "its rows are those of another log"
  if (code === undefined) return undefined
  if (known.position > newest) return `its checkpoint, ${known.position}, is ahead of the log, which ends at ${newest}`
  if (known.fingerprint === undefined) return undefined
  if (writer !== known.rows) return "something else wrote its checkpoint"
  if (known.fingerprint !== code.fingerprint) return "its state, its events or its code changed without a new version"
  return code.distrust(known.rows)
}

/** A generation to go on with, or a new one whose rows begin at 0. Fails with `RevisionChanged` if another was first. */
const begin = Effect.fnUntraced(function* (
  log: EventLog["Service"],
  bucket: Bucket,
  name: string,
  identity: string,
  code: Code | undefined
) {
  const look = lookAt(bucket, progressKey)
  const looked = yield* look
  const { known, revision } = looked
  // In this order: a checkpoint is not ahead of the log that is looked at after it.
  const why = whyUseless(looked, { identity, newest: yield* log.newest(), code })
  const put = (checkpoint: Checkpoint, at: number) =>
    Effect.as(smallValues(bucket).put(progressKey, encode(checkpoint), at, checkpoint.rows), checkpoint)
  const rows = (yield* Random.nextInt).toString(36)

  if (known && why === undefined) {
    if (known.rows !== undefined && (code === undefined || known.fingerprint !== undefined)) return known
    // Rows older than fingerprints are kept as they are.
    const own = code && { fingerprint: code.fingerprint, checked: yield* bucket.newest }
    return yield* put({ position: known.position, log: identity, rows: known.rows ?? rows, ...own }, revision)
  }
  const others = known?.log === identity ? known.fingerprint : undefined
  if (others !== undefined && others !== code?.fingerprint && code?.hasBegun()) {
    return yield* new OtherCode({ view: name })
  }
  if (why !== undefined) {
    yield* Effect.logWarning(`${name} begins anew: ${why}`)
    if (code) yield* code.beforeRebuild
    yield* bucket.clear
  } else if ((yield* bucket.size) > 0) {
    if ((yield* look).known) return yield* new RevisionChanged({ key: progressKey })
    yield* Effect.logWarning(`${name} begins anew: its checkpoint is gone`)
    if (code) yield* code.beforeRebuild
    yield* bucket.clear
  }
  return yield* put({ position: 0, log: identity, rows, ...(code && { fingerprint: code.fingerprint }) }, 0)
})

/**
 * How far a view has come with its rows, and with which: rows that were taken away and made anew bear another name beside
 * their position. So whoever stood by meanwhile does not go on from where the old ones were.
 */
export const making = Effect.fnUntraced(function* (
  log: EventLog["Service"],
  bucket: Bucket,
  name: string,
  code?: Code
) {
  const identity = yield* log.identity
  const begun = yield* Effect.retry(begin(log, bucket, name, identity, code), {
    while: ({ _tag }) => _tag === "RevisionChanged"
  })
  const { checked = 0, fingerprint, rows } = begun

  const stand = Effect.flatMap(lookAt(bucket, progressKey), ({ known, revision, writer }) =>
    known !== undefined && known.rows === rows && (code === undefined || writer === rows)
      ? Effect.succeed({ position: known.position, revision })
      : Effect.fail(new RowsReplaced())
  )
  type Stand = Effect.Success<typeof stand>

  const checkpointAt = (position: number): Checkpoint => ({
    position,
    log: identity,
    ...(rows !== undefined && { rows }),
    ...(fingerprint !== undefined && { fingerprint }),
    ...(code && { checked: code.checked() })
  })

  /** It never goes back. */
  const note = (position: number, from: Stand): Effect.Effect<void, RowsReplaced | Effect.Error<typeof stand>> =>
    from.position >= position
      ? Effect.void
      : smallValues(bucket)
          .put(progressKey, encode(checkpointAt(position)), from.revision, rows)
          .pipe(
            Effect.catchTag("RevisionChanged", () => Effect.flatMap(stand, (now) => note(position, now))),
            Effect.asVoid
          )

  let ours: number | undefined

  return {
    generation: rows!,
    /** The revision of the bucket up to which every row was known to be genuine. */
    checked,
    /** The position up to which everything was taken. */
    position: Effect.map(stand, ({ position }) => position),
    /** Everything was taken up to `position`. */
    reached: (position: number) => Effect.flatMap(stand, (from) => note(position, from)),
    /**
     * Takes what stands up to `position`, on top of the rows as they are: as this process left them, if it took some
     * before. If those were replaced meanwhile, what it wrote bears the generation of before, and the process that replaced
     * them folds it again. It must not clear the bucket: that process would take this for a purge and rebuild, in turns with this one.
     */
    taking: <E, R>(position: number, take: Effect.Effect<void, E, R>) =>
      Effect.gen(function* () {
        const from = yield* stand
        if (ours !== undefined && from.position !== ours) return yield* new TakenByAnother()
        yield* Effect.logDebug(`${name} takes what stands behind ${from.position}, up to ${position}`)
        yield* take
        yield* note(position, from)
        ours = Math.max(position, from.position)
      })
  }
})
