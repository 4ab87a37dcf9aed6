import { Effect, Option, Stream, SubscriptionRef } from "effect"
import { maintainBucket } from "#layers/processors/maintainBucket.ts"
import { supervise } from "#layers/processors/supervise.ts"
import { parkedBucket } from "#layers/services/bucketNames.ts"
import { type KeyChange, KeyValue, revisionOf, StoreUnavailable } from "#layers/services/KeyValue.ts"
import { smallValueBucket } from "#layers/services/smallValueBucket.ts"
import { awaitPosition } from "#layers/timing/awaitPosition.ts"
import { type BlockedStream, decodeDeadLetter, encodeDeadLetter, type StoredDeadLetter } from "./DeadLetter.ts"

/** The longest wait for the watch of the bucket. */
const syncTimeout = "5 seconds"

const byConsumerAndPosition = (a: StoredDeadLetter, b: StoredDeadLetter) =>
  a.by === b.by ? a.position - b.position : a.by < b.by ? -1 : 1

/** The watched dead letters, indexed for each kind of lookup; computed again after a change. */
const indexesOf = (letters: ReadonlyMap<string, StoredDeadLetter>) => {
  const all = [...letters.values()].sort(byConsumerAndPosition)
  const undismissed = all.filter(({ dismissed }) => !dismissed)
  const dismissed = all.filter(({ dismissed }) => dismissed)
  const byConsumer = Map.groupBy(undismissed, ({ by }) => by)
  const setsBy = <A>(
    groups: ReadonlyMap<string, ReadonlyArray<StoredDeadLetter>>,
    select: (letter: StoredDeadLetter) => A
  ) => new Map(Array.from(groups, ([consumer, group]) => [consumer, new Set(group.map(select))]))
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
 * The bucket of dead letters, and what this process knows of it from a watch. A write waits until the watch delivers it.
 * Entries that other clients removed by a purge, or overwrote with something undecodable, are restored.
 */
export const deadLetterStore = Effect.gen(function* () {
  const bucket = smallValueBucket((yield* KeyValue).bucket(parkedBucket))
  const watchedRevision = yield* SubscriptionRef.make(0)
  const letters = new Map<string, StoredDeadLetter>()
  let cachedIndexes: ReturnType<typeof indexesOf> | undefined
  const currentIndexes = () => (cachedIndexes ??= indexesOf(letters))

  /** Restores the dead letter that was overwritten, if this process knows it. */
  const restoreUndecodable = (key: string, previous: StoredDeadLetter | undefined, revision: number) =>
    Effect.gen(function* () {
      const remedy = previous ? "its previous value is restored" : "it is ignored"
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
      supervise("the watch of dead letters", run)
    )

  const restoreLetter = (letter: StoredDeadLetter) =>
    bucket.putAll([{ key: letter.id, value: encodeDeadLetter(letter), revision: 0, isNew: true }]).pipe(
      Effect.andThen(Effect.logWarning(`${letter.id} is restored: it was missing in the bucket ${parkedBucket}`)),
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

  const timeoutError = new StoreUnavailable({ bucket: parkedBucket, reason: "the dead letters did not arrive in time" })
  const awaitRevision = (revision: number) => awaitPosition(watchedRevision, revision)
  const withTimeout = Effect.timeoutOrElse({ duration: syncTimeout, orElse: () => Effect.fail(timeoutError) })
  const recreated = Effect.andThen(bucket.ensure, bucket.lastRevision)

  return {
    bucket,
    /** Waits until the watch has delivered this revision. */
    awaitRevision,
    withTimeout,
    /** Waits until the watch has delivered everything that is in the bucket now. */
    awaitSync: bucket.lastRevision.pipe(
      Effect.catch(() => recreated),
      Effect.flatMap(awaitRevision),
      withTimeout
    ),
    /** The dead letter with this id, unless it is dismissed. */
    find: (id: string) => {
      const letter = letters.get(id)
      return letter?.dismissed ? undefined : letter
    },
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
