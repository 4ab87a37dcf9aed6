import { Effect, Option } from "effect"
import { parkedBucket } from "#layers/buckets/bucketNames.ts"
import { smallValueBucket } from "#layers/buckets/smallValueBucket.ts"
import { KeyValue, revisionOf, StoreUnavailable } from "#layers/services/KeyValue.ts"
import { awaitPosition } from "#layers/timing/awaitPosition.ts"
import { type BlockedStream, DeadLetterNotFound, decodeDeadLetter } from "./DeadLetter.ts"
import { watchedLetters } from "./watchedLetters.ts"

/** The longest wait for the watch of the bucket. */
const syncTimeout = "5 seconds"

/** The bucket of dead letters, and those that this process knows from a watch. A write waits until the watch delivers it. */
export const deadLetterStore = Effect.gen(function* () {
  const bucket = smallValueBucket((yield* KeyValue).bucket(parkedBucket))
  const { currentIndexes, letters, revision: watchedRevision } = yield* watchedLetters(bucket)

  const timeoutError = new StoreUnavailable({ bucket: parkedBucket, reason: "the dead letters did not arrive in time" })
  const awaitRevision = (revision: number) => awaitPosition(watchedRevision, revision)
  const withTimeout = Effect.timeoutOrElse({ duration: syncTimeout, orElse: () => Effect.fail(timeoutError) })
  const recreated = Effect.andThen(bucket.ensure, bucket.lastRevision)

  const awaitSync = bucket.lastRevision.pipe(
    Effect.catch(() => recreated),
    Effect.flatMap(awaitRevision),
    withTimeout
  )

  return {
    bucket,
    /** Waits until the watch has delivered this revision. */
    awaitRevision,
    withTimeout,
    /** Runs a write, and waits until the watch has delivered its revision. */
    awaitWritten: <E>(write: Effect.Effect<number, E>) => withTimeout(Effect.flatMap(write, awaitRevision)),
    /** Waits until the watch has delivered everything that is in the bucket now. */
    awaitSync,
    /** The dead letter with this id, unless it is dismissed, as the bucket has it now. */
    find: Effect.fnUntraced(function* (id: string) {
      yield* awaitSync
      const letter = letters.get(id)
      return letter === undefined || letter.dismissed ? yield* new DeadLetterNotFound({ id }) : letter
    }),
    /** The first dead letter of an event stream. */
    firstOf: ({ by, place }: BlockedStream) =>
      currentIndexes()
        .byConsumer.get(by)
        ?.find((each) => each.place === place),
    /** Reads an entry from the bucket itself, dismissed ones included. */
    loadStored: (id: string) =>
      Effect.map(bucket.get(id), (entry) => ({
        revision: revisionOf(entry),
        letter: Option.getOrUndefined(Option.flatMap(entry, ({ value }) => decodeDeadLetter(id, value)))
      })),
    /** The entries of a processor, dismissed ones included. */
    storedFor: (consumer: string) => [...letters.values()].filter((each) => each.by === consumer),
    currentIndexes
  }
})

export type DeadLetterStore = Effect.Success<typeof deadLetterStore>
