import { Effect, Option, Predicate, Schema } from "effect"
import type { EventLog } from "#layers/services/EventLog.ts"
import { type Bucket, revisionOf } from "#layers/services/KeyValue.ts"
import { smallValueBucket } from "#layers/services/smallValueBucket.ts"

const Position = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** How far a follower has come, in which log, since positions mean nothing in another, and with which rows, if it has some. */
const Checkpoint = Schema.fromJsonString(
  Schema.Struct({
    position: Position,
    log: Schema.String,
    /** The generation of the rows: renewed with each rebuild. */
    rows: Schema.optionalKey(Schema.String),
    /** Of the code that folds the rows. */
    fingerprint: Schema.optionalKey(Schema.String),
    /** The revision of the bucket up to which every row is known to be what this view wrote. */
    checked: Schema.optionalKey(Position)
  })
)
export type Checkpoint = typeof Checkpoint.Type

const decodeCheckpoint = Schema.decodeUnknownOption(Checkpoint)
export const encodeCheckpoint = Schema.encodeSync(Checkpoint)

/** The checkpoint in a text, if it is one. */
export const parseCheckpoint = (text: string): Checkpoint | undefined => Option.getOrUndefined(decodeCheckpoint(text))

/** The position in the text of a checkpoint; 0 for what is none. */
export const parsePosition = (text: string): number => parseCheckpoint(text)?.position ?? 0

/** What is stored under a key of a bucket, if it is a checkpoint, who wrote it, and the revision that the next put names. */
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

/** A place in a bucket where a follower keeps how far it has come in the log as it is now. */
export const checkpointStore = Effect.fnUntraced(function* (log: EventLog["Service"], bucket: Bucket, key: string) {
  const identity = yield* log.identity

  /**
   * The position up to which everything was taken; undefined if there is no checkpoint. 0 if it is of another log, if it
   * cannot be read, or if it is ahead of the log: then everything is taken again.
   */
  const load = Effect.gen(function* () {
    const { isUnreadable, checkpoint: stored } = yield* loadCheckpoint(bucket, key)
    const isAhead = stored?.log === identity && stored.position > (yield* log.lastPosition())
    if (isUnreadable || isAhead) {
      const reason = isUnreadable ? "cannot be read" : `is ahead of the log, at ${stored!.position}`
      yield* Effect.logError(
        `The checkpoint of ${key} ${reason}. It begins again at position 0; commands that it has sent before do nothing twice.`
      )
      return 0
    }
    return stored && (stored.log === identity ? stored.position : 0)
  })

  /** It never goes back, unless it was of another log, or is ahead of this one. */
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
