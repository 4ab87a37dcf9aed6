import { Effect, Option, Predicate, Schema } from "effect"
import type { EventLog } from "../EventLog.ts"
import { type Bucket, revisionOf } from "../KeyValue.ts"

/** How far a follower has come, in which log, since positions mean nothing in another, and with which rows, if it has some. */
const Checkpoint = Schema.fromJsonString(
  Schema.Struct({ position: Schema.Int, log: Schema.String, rows: Schema.optionalKey(Schema.String) })
)

const decode = Schema.decodeUnknownOption(Checkpoint)
export const encode = Schema.encodeSync(Checkpoint)

/** The position in the text of a checkpoint; 0 for what is none. */
export const positionIn = (text: string): number =>
  Option.match(decode(text), { onNone: () => 0, onSome: ({ position }) => position })

/** What stands under a key of a bucket, if it is a checkpoint, and the revision that the next put names. */
export const lookAt = (bucket: Bucket, key: string) =>
  Effect.map(bucket.get(key), (entry) => ({
    known: Option.getOrUndefined(Option.flatMap(entry, ({ value }) => decode(value))),
    revision: revisionOf(entry)
  }))

/** A place in a bucket where a follower keeps how far it has come in the log as it is now. */
export const checkpoint = Effect.fnUntraced(function* (log: EventLog["Service"], bucket: Bucket, key: string) {
  const identity = yield* log.identity
  /** The position up to which everything was taken; undefined if nothing is known, 0 if that was in another log. */
  const read = Effect.map(lookAt(bucket, key), ({ known }) => known && (known.log === identity ? known.position : 0))

  /** It never goes back, unless it was of another log. */
  const reached = (position: number) =>
    Effect.gen(function* () {
      const { known, revision } = yield* lookAt(bucket, key)
      if (known?.log === identity && known.position >= position) return
      yield* bucket.put(key, encode({ position, log: identity }), revision)
    }).pipe(Effect.retry({ while: Predicate.isTagged("RevisionChanged") }))

  return { read, reached }
})
