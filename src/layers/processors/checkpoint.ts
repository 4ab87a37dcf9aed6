import { Effect, Option, Predicate, Schema } from "effect"
import { smallValues } from "#layers/services/boundedValues.ts"
import type { EventLog } from "#layers/services/EventLog.ts"
import { type Bucket, revisionOf } from "#layers/services/KeyValue.ts"

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

const decode = Schema.decodeUnknownOption(Checkpoint)
export const encode = Schema.encodeSync(Checkpoint)

/** The checkpoint in a text, if it is one. */
export const checkpointIn = (text: string): Checkpoint | undefined => Option.getOrUndefined(decode(text))

/** The position in the text of a checkpoint; 0 for what is none. */
export const positionIn = (text: string): number => checkpointIn(text)?.position ?? 0

/** What is stored under a key of a bucket, if it is a checkpoint, who wrote it, and the revision that the next put names. */
export const lookAt = (bucket: Bucket, key: string) =>
  Effect.map(bucket.get(key), (entry) => {
    const known = Option.isSome(entry) ? checkpointIn(entry.value.value) : undefined
    return {
      known,
      isUnreadable: Option.isSome(entry) && known === undefined,
      writer: Option.isSome(entry) ? entry.value.writer : undefined,
      revision: revisionOf(entry)
    }
  })

/** A place in a bucket where a follower keeps how far it has come in the log as it is now. */
export const checkpoint = Effect.fnUntraced(function* (log: EventLog["Service"], bucket: Bucket, key: string) {
  const identity = yield* log.identity

  /**
   * The position up to which everything was taken; undefined if there is no checkpoint. 0 if it is of another log, if it
   * cannot be read, or if it is ahead of the log: then everything is taken again.
   */
  const read = Effect.gen(function* () {
    const { isUnreadable, known } = yield* lookAt(bucket, key)
    const isAhead = known?.log === identity && known.position > (yield* log.newest())
    if (isUnreadable || isAhead) {
      const why = isUnreadable ? "cannot be read" : `is ahead of the log, at ${known!.position}`
      yield* Effect.logError(
        `The checkpoint of ${key} ${why}. It begins again at position 0; commands that it has sent before do nothing twice.`
      )
      return 0
    }
    return known && (known.log === identity ? known.position : 0)
  })

  /** It never goes back, unless it was of another log, or is ahead of this one. */
  const reached = (position: number) =>
    Effect.gen(function* () {
      const { known, revision } = yield* lookAt(bucket, key)
      if (known?.log === identity && known.position >= position && known.position <= (yield* log.newest())) return
      const rest = known?.log === identity ? known : {}
      yield* smallValues(bucket).put(key, encode({ ...rest, position, log: identity }), revision)
    }).pipe(Effect.retry({ while: Predicate.isTagged("RevisionChanged") }))

  return { read, reached }
})
