import { Effect, Option, Stream, SubscriptionRef } from "effect"
import { parkedBucket } from "#layers/buckets/bucketNames.ts"
import type { SmallValueBucket } from "#layers/buckets/smallValueBucket.ts"
import { maintainBucket } from "#layers/processors/maintainBucket.ts"
import { supervise } from "#layers/processors/supervise.ts"
import type { KeyChange } from "#layers/services/KeyValue.ts"
import { decodeDeadLetter, encodeDeadLetter, type StoredDeadLetter } from "./DeadLetter.ts"
import { deadLetterIndexes } from "./deadLetterIndexes.ts"

/** Stores a dead letter again that is missing in the bucket. */
const restoreMissing = (bucket: SmallValueBucket, letter: StoredDeadLetter) =>
  bucket.putAll([{ key: letter.id, value: encodeDeadLetter(letter), revision: 0, isNew: true }]).pipe(
    Effect.andThen(Effect.logWarning(`${letter.id} is restored: it was missing in the bucket ${parkedBucket}`)),
    Effect.catchTag("RevisionChanged", () => Effect.void)
  )

/**
 * The dead letters that this process knows from a watch of their bucket. Entries that other clients removed by a purge, or
 * overwrote with something undecodable, are restored.
 */
export const watchedLetters = Effect.fnUntraced(function* (bucket: SmallValueBucket) {
  /** The revision of the bucket up to which the watch has delivered its changes. */
  const revision = yield* SubscriptionRef.make(0)
  const letters = new Map<string, StoredDeadLetter>()
  let cachedIndexes: ReturnType<typeof deadLetterIndexes> | undefined

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

  const onChange = (change: KeyChange) =>
    Effect.gen(function* () {
      const { key, value } = change
      const letter = Option.flatMap(value, (text) => decodeDeadLetter(key, text))
      const previous = letters.get(key)
      if (Option.isSome(letter)) letters.set(key, letter.value)
      else letters.delete(key)
      cachedIndexes = undefined
      if (Option.isSome(value) && Option.isNone(letter)) yield* restoreUndecodable(key, previous, change.revision)
      yield* SubscriptionRef.update(revision, (before) => Math.max(before, change.revision))
    })

  const watch = bucket.watch(">").pipe(Stream.runForEach(onChange), Effect.andThen(Effect.never))
  yield* supervise("the watch of dead letters", watch)
  yield* maintainBucket(bucket, parkedBucket, {
    isIncomplete: ({ entries }) => Effect.succeed(entries < letters.size),
    restore: (isNew) =>
      Effect.gen(function* () {
        if (isNew) yield* SubscriptionRef.set(revision, 0)
        yield* Effect.forEach([...letters.values()], (letter) => restoreMissing(bucket, letter), { discard: true })
      })
  })

  return {
    /** By id, dismissed ones included. */
    letters: letters as ReadonlyMap<string, StoredDeadLetter>,
    revision,
    currentIndexes: () => (cachedIndexes ??= deadLetterIndexes(letters))
  }
})
