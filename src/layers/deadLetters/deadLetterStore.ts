import { Effect, Option, Stream, SubscriptionRef } from "effect"
import { maintainBucket } from "#layers/processors/maintainBucket.ts"
import { supervise } from "#layers/processors/supervise.ts"
import { parkedBucket } from "#layers/services/bucketNames.ts"
import { type KeyChange, KeyValue, StoreUnavailable } from "#layers/services/KeyValue.ts"
import { smallValueBucket } from "#layers/services/smallValueBucket.ts"
import { awaitPosition } from "#layers/timing/awaitPosition.ts"
import { decodeDeadLetter, encodeDeadLetter, type Kept } from "./DeadLetter.ts"

/** How long what is parked may take to come. */
const syncTimeout = "5 seconds"

/** In the order in which a follower takes them. */
const byConsumerAndPosition = (a: Kept, b: Kept) => (a.by === b.by ? a.position - b.position : a.by < b.by ? -1 : 1)

/** What this process has heard of the bucket, in the ways it is asked for; all of them are new once something changed. */
const indexesOf = (letters: ReadonlyMap<string, Kept>) => {
  const all = [...letters.values()].sort(byConsumerAndPosition)
  const undismissed = all.filter(({ dismissed }) => !dismissed)
  const dismissed = all.filter(({ dismissed }) => dismissed)
  const byConsumer = Map.groupBy(undismissed, ({ by }) => by)
  const setsBy = <A>(groups: ReadonlyMap<string, ReadonlyArray<Kept>>, select: (letter: Kept) => A) =>
    new Map(Array.from(groups, ([consumer, group]) => [consumer, new Set(group.map(select))]))
  return {
    letters: undismissed,
    dismissed: Map.groupBy(dismissed, ({ position }) => position),
    byConsumer,
    blockedStreams: setsBy(byConsumer, ({ place }) => place),
    dismissedPositions: setsBy(
      Map.groupBy(dismissed, ({ by }) => by),
      ({ position }) => position
    )
  }
}

/**
 * The bucket of dead letters, and what this process has heard of it by a watch. What was taken out of the bucket by something
 * else is put back; whoever writes waits until that has come around.
 */
export const deadLetterStore = Effect.gen(function* () {
  const bucket = smallValueBucket((yield* KeyValue).bucket(parkedBucket))
  const watchedRevision = yield* SubscriptionRef.make(0)
  const letters = new Map<string, Kept>()
  let cachedIndexes: ReturnType<typeof indexesOf> | undefined
  const currentIndexes = () => (cachedIndexes ??= indexesOf(letters))

  /** What was parked is put back, if this process knows what it was. */
  const restoreUndecodable = (key: string, previous: Kept | undefined, revision: number) =>
    Effect.gen(function* () {
      const remedy = previous ? "it is put back as it was" : "it is left out"
      yield* Effect.logError(`In the bucket ${parkedBucket}, ${key} cannot be read: ${remedy}`)
      if (!previous) return
      letters.set(key, previous)
      yield* Effect.catchTag(
        bucket.put(key, encodeDeadLetter(previous), revision),
        "RevisionChanged",
        () => Effect.void
      )
    })

  const onChange = ({ key, revision, value }: KeyChange) =>
    Effect.gen(function* () {
      const letter = Option.flatMap(value, (text) => decodeDeadLetter(key, text))
      const previous = letters.get(key)
      if (Option.isSome(letter)) letters.set(key, letter.value)
      else letters.delete(key)
      cachedIndexes = undefined
      if (Option.isSome(value) && Option.isNone(letter)) yield* restoreUndecodable(key, previous, revision)
      yield* SubscriptionRef.update(watchedRevision, (before) => Math.max(before, revision))
    })
  yield* bucket
    .watch(">")
    .pipe(Stream.runForEach(onChange), Effect.andThen(Effect.never), (run) =>
      supervise("the list of what is parked", run)
    )

  const restoreLetter = (letter: Kept) =>
    bucket.putAll([{ key: letter.id, value: encodeDeadLetter(letter), revision: 0, isNew: true }]).pipe(
      Effect.andThen(Effect.logWarning(`${letter.id} is parked again: it was gone from the bucket ${parkedBucket}`)),
      Effect.catchTag("RevisionChanged", () => Effect.void)
    )
  yield* maintainBucket(bucket, parkedBucket, {
    isIncomplete: ({ entries }) => Effect.succeed(entries < letters.size),
    restore: (isNew) =>
      Effect.gen(function* () {
        if (isNew) yield* SubscriptionRef.set(watchedRevision, 0)
        yield* Effect.forEach([...letters.values()], restoreLetter, { discard: true })
      })
  })

  const timeoutError = new StoreUnavailable({ bucket: parkedBucket, reason: "what is parked did not come in time" })
  const awaitRevision = (revision: number) => awaitPosition(watchedRevision, revision)
  const withTimeout = Effect.timeoutOrElse({ duration: syncTimeout, orElse: () => Effect.fail(timeoutError) })
  const recreated = Effect.andThen(bucket.ensure, bucket.lastRevision)

  return {
    bucket,
    /** Waits until a change of the bucket was heard of. */
    awaitRevision,
    withTimeout,
    /** Waits until all was heard of that the bucket has now. */
    awaitSync: bucket.lastRevision.pipe(
      Effect.catch(() => recreated),
      Effect.flatMap(awaitRevision),
      withTimeout
    ),
    /** What is parked under an id, and not dismissed. */
    find: (id: string) => {
      const letter = letters.get(id)
      return letter?.dismissed ? undefined : letter
    },
    /** All that is kept for a follower, what was dismissed included. */
    storedFor: (consumer: string) => [...letters.values()].filter((each) => each.by === consumer),
    currentIndexes
  }
})
