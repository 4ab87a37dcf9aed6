import { Data, Effect, Random } from "effect"
import { progressKey } from "#layers/buckets/bucketNames.ts"
import { smallValueBucket } from "#layers/buckets/smallValueBucket.ts"
import { type Checkpoint, encodeCheckpoint, loadCheckpoint } from "#layers/processors/checkpointStore.ts"
import type { EventLog } from "#layers/services/EventLog.ts"
import { type Bucket, RevisionChanged, type StoreUnavailable } from "#layers/services/KeyValue.ts"

/** The rows are no longer of the generation that this process works on: they were removed and are being rebuilt. */
export class GenerationChanged extends Data.TaggedError("GenerationChanged") {
  override readonly message = "its rows were removed meanwhile and are being rebuilt"
}

/** Another process has committed events since this one did, so the batch of this one may not be the next. */
export class FencedOut extends Data.TaggedError("FencedOut") {
  override readonly message = "another process has committed events meanwhile"
}

/** Another instance, with other code of this view, has rebuilt the rows since this process started on its own. */
export class CodeMismatch extends Data.TaggedError("CodeMismatch")<{ readonly view: string }> {
  override get message() {
    return `Another instance runs other code of ${this.view} and has rebuilt its rows. This instance is standing by. Give a changed view a new version, or stop the instances that run one of the two.`
  }
}

/** The code that folds a view's rows, and what this process knows of rows and their generations. */
export interface ProjectionCode {
  /** Rows with another fingerprint are rebuilt. */
  readonly fingerprint: string
  /** Whether this process has had rows of this fingerprint: then it does not rebuild rows that another instance rebuilt. */
  readonly hasBegun: () => boolean
  /** Why the rows of a generation cannot be trusted, if so. */
  readonly distrustReason: (generation: string | undefined) => string | undefined
  /** The revision of the bucket up to which every row is known to be written by this view. */
  readonly checkedRevision: () => number
  /** Drops the view's dead letters: a rebuild processes their events again. */
  readonly clearDeadLetters: Effect.Effect<void, StoreUnavailable>
}

type LoadedCheckpoint = Effect.Success<ReturnType<typeof loadCheckpoint>>

/** Why the rows of a checkpoint cannot be used; undefined if they can. */
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
  if (writer !== checkpoint.rows) return "another client wrote its checkpoint"
  if (checkpoint.fingerprint !== code.fingerprint)
    return "its state, its events or its code changed without a new version"
  return code.distrustReason(checkpoint.rows)
}

/** Continues the stored generation, or starts a new one at position 0. Fails with `RevisionChanged` if another process was first. */
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
  // In this order: a checkpoint is never ahead of a log that is read after it.
  const reason = unusableReason(loaded, { identity, newest: yield* log.lastPosition(), code })
  const put = (checkpoint: Checkpoint, at: number) =>
    Effect.as(smallValueBucket(bucket).put(progressKey, encodeCheckpoint(checkpoint), at, checkpoint.rows), checkpoint)
  const generation = (yield* Random.nextInt).toString(36)

  if (checkpoint && reason === undefined) {
    if (checkpoint.rows !== undefined && (code === undefined || checkpoint.fingerprint !== undefined)) return checkpoint
    // Rows from before fingerprints existed are kept as they are.
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
  const isEmpty = reason === undefined && (yield* bucket.size) === 0
  if (!isEmpty) {
    if (reason === undefined && (yield* load).checkpoint) return yield* new RevisionChanged({ key: progressKey })
    yield* Effect.logWarning(`${name} is rebuilt: ${reason ?? "its checkpoint is gone"}`)
    if (code) yield* code.clearDeadLetters
    yield* bucket.clear
  }
  const fields = { position: 0, log: identity, rows: generation, ...(code && { fingerprint: code.fingerprint }) }
  const opened = yield* put(fields, 0)
  // A bucket that was purged has neither rows nor checkpoint. Dead letters are dropped after the put: of two processes only
  // the one that opens the generation may do it, since the other's may be of the new rows already.
  if (isEmpty && code) yield* code.clearDeadLetters
  return opened
})

/**
 * Opens the checkpoint of a view: its position, and the generation of its rows, which is renewed with each rebuild, so that a
 * process that was paused meanwhile does not continue at the position of the old rows.
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

  /** The position never decreases. */
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
    /** The revision of the bucket up to which every row was known to be written by this view. */
    checkedRevision,
    /** The position up to which every event was processed. */
    position: Effect.map(loadPosition, ({ position }) => position),
    /** Stores that every event up to `position` was processed. */
    advance: (position: number) => Effect.flatMap(loadPosition, (stored) => store(position, stored)),
    /**
     * Applies a batch that ends at `position` to the rows as this process left them with its batch before; fails with
     * `FencedOut` if another process has committed since. If the rows are rebuilt meanwhile, rows that the batch wrote carry
     * the old generation, and the process that rebuilds folds them again. The bucket must not be cleared here: that process
     * would see a purge and rebuild, in turns with this one.
     */
    commit: <E, R>(position: number, apply: Effect.Effect<void, E, R>) =>
      Effect.gen(function* () {
        const stored = yield* loadPosition
        if (ownPosition !== undefined && stored.position !== ownPosition) return yield* new FencedOut()
        yield* Effect.logDebug(`${name} processes events after ${stored.position}, up to ${position}`)
        yield* apply
        yield* store(position, stored)
        ownPosition = Math.max(position, stored.position)
      })
  }
})

export type ViewCheckpoint = Effect.Success<ReturnType<typeof openViewCheckpoint>>
