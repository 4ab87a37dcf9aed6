import { Effect, Option, Predicate, Schema } from "effect"
import { smallValueBucket } from "#layers/buckets/smallValueBucket.ts"
import type { EventLog } from "#layers/services/EventLog.ts"
import { type Bucket, revisionOf } from "#layers/services/KeyValue.ts"

const Position = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/**
 * The checkpoint of a processor. It names its log, since a position means nothing in another one, and a view's checkpoint
 * names the rows that belong to it.
 */
const Checkpoint = Schema.fromJsonString(
  Schema.Struct({
    position: Position,
    log: Schema.String,
    /** The generation id of the rows, renewed with each rebuild. */
    rows: Schema.optionalKey(Schema.String),
    /** A fingerprint of the code that folds the rows. */
    fingerprint: Schema.optionalKey(Schema.String),
    /** The revision of the bucket up to which all rows are verified to be written by this view. */
    checked: Schema.optionalKey(Position)
  })
)
export type Checkpoint = typeof Checkpoint.Type

const decodeCheckpoint = Schema.decodeUnknownOption(Checkpoint)
export const encodeCheckpoint = Schema.encodeSync(Checkpoint)

/** Parses a checkpoint; `undefined` if the text is not one. */
export const parseCheckpoint = (text: string): Checkpoint | undefined => Option.getOrUndefined(decodeCheckpoint(text))

/** The position in the text of a checkpoint; 0 if the text is not one. */
export const parsePosition = (text: string): number => parseCheckpoint(text)?.position ?? 0

/** Loads a checkpoint from a bucket, its writer, and the revision that the next put has to name. */
export const loadCheckpoint = (bucket: Bucket, key: string) =>
  Effect.map(bucket.get(key), (entry) => {
    const checkpoint = Option.isSome(entry) ? parseCheckpoint(entry.value.value) : undefined
    return {
      checkpoint,
      isUnreadable: Option.isSome(entry) && checkpoint === undefined,
      writer: Option.isSome(entry) ? entry.value.writer : undefined,
      revision: revisionOf(entry)
    }
  })

/** Loads and advances the checkpoint of a processor, for the current log. */
export const checkpointStore = Effect.fnUntraced(function* (log: EventLog["Service"], bucket: Bucket, key: string) {
  const identity = yield* log.identity

  /**
   * The position up to which all events are processed; undefined if there is no checkpoint. 0 if it is of another log,
   * cannot be read, or is ahead of the log: then all events are processed again.
   */
  const load = Effect.gen(function* () {
    const { isUnreadable, checkpoint: stored } = yield* loadCheckpoint(bucket, key)
    const isAhead = stored?.log === identity && stored.position > (yield* log.lastPosition())
    if (isUnreadable || isAhead) {
      const reason = isUnreadable ? "cannot be read" : `is ahead of the log, at ${stored!.position}`
      yield* Effect.logError(
        `The checkpoint of ${key} ${reason}. Processing restarts at position 0; commands that were sent before run only once.`
      )
      return 0
    }
    return stored && (stored.log === identity ? stored.position : 0)
  })

  /** Never moves the checkpoint back, unless it is of another log or ahead of this one. */
  const advance = (position: number) =>
    Effect.gen(function* () {
      const { checkpoint: stored, revision } = yield* loadCheckpoint(bucket, key)
      if (stored?.log === identity && stored.position >= position && stored.position <= (yield* log.lastPosition()))
        return
      const otherFields = stored?.log === identity ? stored : {}
      yield* smallValueBucket(bucket).put(key, encodeCheckpoint({ ...otherFields, position, log: identity }), revision)
    }).pipe(Effect.retry({ while: Predicate.isTagged("RevisionChanged") }))

  return { load, advance }
})
