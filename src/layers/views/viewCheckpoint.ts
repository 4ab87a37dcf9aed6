import { Data, Effect, Random } from "effect"
import { type Checkpoint, encodeCheckpoint, loadCheckpoint } from "#layers/processors/checkpointStore.ts"
import { progressKey } from "#layers/services/bucketNames.ts"
import type { EventLog } from "#layers/services/EventLog.ts"
import { type Bucket, RevisionChanged, type StoreUnavailable } from "#layers/services/KeyValue.ts"
import { smallValueBucket } from "#layers/services/smallValueBucket.ts"

/** What this process knows of the rows is not so any more: they were taken away, and are made anew. */
export class GenerationChanged extends Data.TaggedError("GenerationChanged") {
  override readonly message = "its rows were taken away since, and are made anew"
}

/** Another process took facts since this one did: what this one was handed next need not be what comes next. */
export class FencedOut extends Data.TaggedError("FencedOut") {
  override readonly message = "another process has taken facts meanwhile"
}

/** Another instance, with other code of this view, has rebuilt the rows since this process began with its own. */
export class CodeMismatch extends Data.TaggedError("CodeMismatch")<{ readonly view: string }> {
  override get message() {
    return `Another instance runs other code of ${this.view} and has rebuilt its rows. This instance stands by for it. Give a changed view a new version, or end the instances that run one of the two.`
  }
}

/** The state of a view's rows beside their positions. */
export interface ProjectionCode {
  /** Of the code that folds them; rows of other code are rebuilt. */
  readonly fingerprint: string
  /** Whether this process has had rows of this fingerprint: then it does not take them from others again. */
  readonly hasBegun: () => boolean
  /** Why the rows of a generation cannot be trusted, if so. */
  readonly distrustReason: (generation: string | undefined) => string | undefined
  /** The revision of the bucket up to which every row is known to be genuine. */
  readonly checkedRevision: () => number
  /** Before the rows are removed. */
  readonly beforeRebuild: Effect.Effect<void, StoreUnavailable>
}

type LoadedCheckpoint = Effect.Success<ReturnType<typeof loadCheckpoint>>

/** Why the rows that a checkpoint stands for cannot be used. */
const unusableReason = (
  { isUnreadable, checkpoint, writer }: LoadedCheckpoint,
  {
    identity,
    newest,
    code
  }: { readonly identity: string; readonly newest: number; readonly code: ProjectionCode | undefined }
): string | undefined => {
  if (isUnreadable) return "its checkpoint cannot be read"
  if (checkpoint === undefined) return undefined
  if (checkpoint.log !== identity) return "its rows are those of another log"
  if (code === undefined) return undefined
  if (checkpoint.position > newest)
    return `its checkpoint, ${checkpoint.position}, is ahead of the log, which ends at ${newest}`
  if (checkpoint.fingerprint === undefined) return undefined
  if (writer !== checkpoint.rows) return "something else wrote its checkpoint"
  if (checkpoint.fingerprint !== code.fingerprint)
    return "its state, its events or its code changed without a new version"
  return code.distrustReason(checkpoint.rows)
}

/** A generation to go on with, or a new one whose rows begin at 0. Fails with `RevisionChanged` if another was first. */
const openGeneration = Effect.fnUntraced(function* (
  log: EventLog["Service"],
  bucket: Bucket,
  name: string,
  identity: string,
  code: ProjectionCode | undefined
) {
  const load = loadCheckpoint(bucket, progressKey)
  const loaded = yield* load
  const { checkpoint, revision } = loaded
  // In this order: a checkpoint is not ahead of the log that is looked at after it.
  const reason = unusableReason(loaded, { identity, newest: yield* log.lastPosition(), code })
  const put = (checkpoint: Checkpoint, at: number) =>
    Effect.as(smallValueBucket(bucket).put(progressKey, encodeCheckpoint(checkpoint), at, checkpoint.rows), checkpoint)
  const generation = (yield* Random.nextInt).toString(36)

  if (checkpoint && reason === undefined) {
    if (checkpoint.rows !== undefined && (code === undefined || checkpoint.fingerprint !== undefined)) return checkpoint
    // Rows older than fingerprints are kept as they are.
    const codeFields = code && { fingerprint: code.fingerprint, checked: yield* bucket.lastRevision }
    return yield* put(
      { position: checkpoint.position, log: identity, rows: checkpoint.rows ?? generation, ...codeFields },
      revision
    )
  }
  const otherFingerprint = checkpoint?.log === identity ? checkpoint.fingerprint : undefined
  if (otherFingerprint !== undefined && otherFingerprint !== code?.fingerprint && code?.hasBegun()) {
    return yield* new CodeMismatch({ view: name })
  }
  if (reason !== undefined) {
    yield* Effect.logWarning(`${name} begins anew: ${reason}`)
    if (code) yield* code.beforeRebuild
    yield* bucket.clear
  } else if ((yield* bucket.size) > 0) {
    if ((yield* load).checkpoint) return yield* new RevisionChanged({ key: progressKey })
    yield* Effect.logWarning(`${name} begins anew: its checkpoint is gone`)
    if (code) yield* code.beforeRebuild
    yield* bucket.clear
  }
  return yield* put({ position: 0, log: identity, rows: generation, ...(code && { fingerprint: code.fingerprint }) }, 0)
})

/**
 * How far a view has come with its rows, and with which: rows that were taken away and made anew bear another name beside
 * their position. So whoever stood by meanwhile does not go on from where the old ones were.
 */
export const openViewCheckpoint = Effect.fnUntraced(function* (
  log: EventLog["Service"],
  bucket: Bucket,
  name: string,
  code?: ProjectionCode
) {
  const identity = yield* log.identity
  const opened = yield* Effect.retry(openGeneration(log, bucket, name, identity, code), {
    while: ({ _tag }) => _tag === "RevisionChanged"
  })
  const { checked: checkedRevision = 0, fingerprint, rows: generation } = opened

  const loadPosition = Effect.flatMap(loadCheckpoint(bucket, progressKey), ({ checkpoint, revision, writer }) =>
    checkpoint !== undefined && checkpoint.rows === generation && (code === undefined || writer === generation)
      ? Effect.succeed({ position: checkpoint.position, revision })
      : Effect.fail(new GenerationChanged())
  )
  type StoredPosition = Effect.Success<typeof loadPosition>

  const checkpointAt = (position: number): Checkpoint => ({
    position,
    log: identity,
    ...(generation !== undefined && { rows: generation }),
    ...(fingerprint !== undefined && { fingerprint }),
    ...(code && { checked: code.checkedRevision() })
  })

  /** It never goes back. */
  const store = (
    position: number,
    stored: StoredPosition
  ): Effect.Effect<void, GenerationChanged | Effect.Error<typeof loadPosition>> =>
    stored.position >= position
      ? Effect.void
      : smallValueBucket(bucket)
          .put(progressKey, encodeCheckpoint(checkpointAt(position)), stored.revision, generation)
          .pipe(
            Effect.catchTag("RevisionChanged", () => Effect.flatMap(loadPosition, (now) => store(position, now))),
            Effect.asVoid
          )

  let ownPosition: number | undefined

  return {
    generation: generation!,
    /** The revision of the bucket up to which every row was known to be genuine. */
    checkedRevision,
    /** The position up to which everything was taken. */
    position: Effect.map(loadPosition, ({ position }) => position),
    /** Everything was taken up to `position`. */
    advance: (position: number) => Effect.flatMap(loadPosition, (stored) => store(position, stored)),
    /**
     * Takes what stands up to `position`, on top of the rows as they are: as this process left them, if it took some
     * before. If those were replaced meanwhile, what it wrote bears the generation of before, and the process that replaced
     * them folds it again. It must not clear the bucket: that process would take this for a purge and rebuild, in turns with this one.
     */
    commit: <E, R>(position: number, apply: Effect.Effect<void, E, R>) =>
      Effect.gen(function* () {
        const stored = yield* loadPosition
        if (ownPosition !== undefined && stored.position !== ownPosition) return yield* new FencedOut()
        yield* Effect.logDebug(`${name} takes what stands behind ${stored.position}, up to ${position}`)
        yield* apply
        yield* store(position, stored)
        ownPosition = Math.max(position, stored.position)
      })
  }
})
