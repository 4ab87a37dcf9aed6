import { Clock, Context, Effect, Layer, Semaphore } from "effect"
import { type Dismissal, DeadLetter } from "#layers/contract/deadLetterSchema.ts"
import type { StoreUnavailable } from "#layers/services/KeyValue.ts"
import {
  type BlockedStream,
  encodeDeadLetter,
  deadLetterId,
  type StoredDeadLetter,
  type DeadLetterNotFound,
  type Retry,
  type RetryFailed,
  type NewDeadLetter,
  type DeadLetterBlocked
} from "./DeadLetter.ts"
import { deadLetterDismissals } from "./deadLetterDismissals.ts"
import { deadLetterRetries } from "./deadLetterRetries.ts"
import { deadLetterStore } from "./deadLetterStore.ts"

export { DeadLetter, type NewDeadLetter }

/**
 * The events that a processor could not process, and the later events of their event streams, so that other streams go on.
 * The synchronous lookups may lag behind other processes; `awaitSync` waits until they do not.
 */
export class DeadLetters extends Context.Service<
  DeadLetters,
  {
    /** Stores them in order; one that exists already is unchanged. Waits until `blockedStreams` includes them. */
    add(letters: ReadonlyArray<NewDeadLetter>): Effect.Effect<void, StoreUnavailable>
    /** Waits until this process knows all dead letters that any process stored before the call. */
    readonly awaitSync: Effect.Effect<void, StoreUnavailable>
    /** The event streams in which this processor has dead letters, as far as this process knows. */
    blockedStreams(consumer: string): ReadonlySet<string>
    /** The dead letters of this processor, as far as this process knows. */
    ofConsumer(consumer: string): ReadonlyArray<DeadLetter>
    /** The positions that this processor skips, since they were dismissed, as far as this process knows. */
    dismissedPositions(consumer: string): ReadonlySet<number>
    /** Removes the dead letters and dismissals of a processor, which then starts again at the first event. */
    clear(consumer: string): Effect.Effect<void, StoreUnavailable>
    /** All dead letters, ordered by processor and position. */
    readonly all: Effect.Effect<ReadonlyArray<DeadLetter>, StoreUnavailable>
    /** The dismissed dead letters of the event at a position, of any processor, as far as this process knows. */
    dismissedAt(position: number): ReadonlyArray<StoredDeadLetter>
    /** Registers the function that retries the dead letters of a processor. */
    registerRetry(consumer: string, retry: Retry): Effect.Effect<void>
    /** Retries it, after all earlier ones of its event stream, then those that it blocks. Returns how many succeeded. */
    retry(id: string): Effect.Effect<number, DeadLetterNotFound | RetryFailed | StoreUnavailable>
    /** The dead letter with this id, if it can be dismissed, since it is the first of its event stream. */
    findDismissible(id: string): Effect.Effect<DeadLetter, DeadLetterNotFound | DeadLetterBlocked | StoreUnavailable>
    /** Makes its processor skip the event from now on. */
    dismiss(id: string, dismissal: Dismissal): Effect.Effect<void, DeadLetterNotFound | StoreUnavailable>
    /** Retries the blocked dead letters at the front of an event stream until one fails. Returns how many succeeded. */
    retryBlocked(stream: BlockedStream): Effect.Effect<number, StoreUnavailable>
  }
>()("layers/deadLetters/DeadLetters") {
  static readonly layer = Layer.effect(
    DeadLetters,
    Effect.suspend(() => make())
  )
}

const emptySet: ReadonlySet<never> = new Set()
const emptyList: ReadonlyArray<never> = []

const make = Effect.fnUntraced(function* () {
  const store = yield* deadLetterStore
  const { awaitRevision, awaitSync, bucket, currentIndexes, storedFor, withTimeout } = store
  const { registerRetry, retry, retryBlocked } = deadLetterRetries(store)
  const { dismiss, findDismissible } = deadLetterDismissals(store)
  const serialized = Semaphore.makeUnsafe(1).withPermits(1)

  const add = Effect.fnUntraced(function* (letters: ReadonlyArray<NewDeadLetter>) {
    const since = new Date(yield* Clock.currentTimeMillis).toISOString()
    for (const each of letters) {
      const id = deadLetterId(each)
      const isThere = yield* bucket.put(id, encodeDeadLetter({ ...each, id, since }), 0).pipe(
        Effect.as(false),
        Effect.catchTag("RevisionChanged", () => Effect.succeed(true))
      )
      if (!isThere && !each.behind) {
        yield* Effect.logError(
          `${each.by} dead-letters ${each.type} at position ${each.position} (${each.place}): ${each.reason}`
        )
      }
    }
    if (letters.length > 0) yield* awaitSync
  })

  const clear = (consumer: string) =>
    Effect.andThen(
      awaitSync,
      Effect.suspend(() =>
        Effect.forEach(storedFor(consumer), ({ id }) => Effect.flatMap(bucket.remove(id), awaitRevision), {
          discard: true
        })
      )
    ).pipe(withTimeout)

  return DeadLetters.of({
    add,
    awaitSync,
    ofConsumer: (consumer) => currentIndexes().byConsumer.get(consumer) ?? emptyList,
    blockedStreams: (consumer) => currentIndexes().blockedStreams.get(consumer) ?? emptySet,
    dismissedPositions: (consumer) => currentIndexes().dismissedPositions.get(consumer) ?? emptySet,
    clear,
    all: Effect.map(awaitSync, () => currentIndexes().letters),
    dismissedAt: (position) => currentIndexes().dismissed.get(position) ?? emptyList,
    registerRetry,
    retry: (id) => serialized(retry(id)),
    findDismissible,
    dismiss: (id, dismissal) => serialized(dismiss(id, dismissal)),
    retryBlocked: (stream) => serialized(retryBlocked(stream))
  })
})
