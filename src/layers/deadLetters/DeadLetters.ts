import { Clock, Context, Effect, Layer, Option, Result, Semaphore } from "effect"
import { type Dismissal, Parked } from "#layers/contract/deadLetterSchema.ts"
import { revisionOf, StoreUnavailable } from "#layers/services/KeyValue.ts"
import {
  decodeDeadLetter,
  encodeDeadLetter,
  deadLetterId,
  type StoredDeadLetter,
  DeadLetterNotFound,
  RetryFailed,
  type NewDeadLetter,
  DeadLetterBlocked
} from "./DeadLetter.ts"
import { deadLetterStore } from "./deadLetterStore.ts"

export { DeadLetterNotFound, Parked, RetryFailed, type NewDeadLetter, DeadLetterBlocked }

/** Processes the event of a dead letter again; fails with the reason why it cannot. */
export type Retry = (letter: Parked) => Effect.Effect<void, string>

/** An event stream as one processor reads it. */
type BlockedStream = Pick<Parked, "by" | "place">

/**
 * The events that a processor could not process, and the later events of their event streams, so that other streams go on.
 * What is known without an Effect may lag: `awaitSync` waits until it is up to date.
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
    ofConsumer(consumer: string): ReadonlyArray<Parked>
    /** The positions that this processor skips, since they were dismissed, as far as this process knows. */
    dismissedPositions(consumer: string): ReadonlySet<number>
    /** Removes the dead letters and dismissals of a processor, which then starts again at the first event. */
    clear(consumer: string): Effect.Effect<void, StoreUnavailable>
    /** All dead letters, ordered by processor and position. */
    readonly all: Effect.Effect<ReadonlyArray<Parked>, StoreUnavailable>
    /** The dismissed dead letters of the event at a position, of any processor, as far as this process knows. */
    dismissedAt(position: number): ReadonlyArray<StoredDeadLetter>
    /** Registers the function that retries the dead letters of a processor. */
    registerRetry(consumer: string, retry: Retry): Effect.Effect<void>
    /** Retries it, after all earlier ones of its event stream, then those that it blocks. Returns how many succeeded. */
    retry(id: string): Effect.Effect<number, DeadLetterNotFound | RetryFailed | StoreUnavailable>
    /** The dead letter with this id, if it can be dismissed, since it is the first of its event stream. */
    findDismissible(id: string): Effect.Effect<Parked, DeadLetterNotFound | DeadLetterBlocked | StoreUnavailable>
    /** Makes its processor skip the event from now on. */
    dismiss(id: string, dismissal: Dismissal): Effect.Effect<void, DeadLetterNotFound | StoreUnavailable>
    /** Retries the blocked dead letters at the front of an event stream until one fails. Returns how many succeeded. */
    retryBlocked(stream: BlockedStream): Effect.Effect<number, StoreUnavailable>
  }
>()("layers/runtime/Parking") {
  static readonly layer = Layer.effect(
    DeadLetters,
    Effect.suspend(() => make())
  )
}

const emptySet: ReadonlySet<never> = new Set()
const emptyList: ReadonlyArray<never> = []

const make = Effect.fnUntraced(function* () {
  const { storedFor, bucket, awaitRevision, find, withTimeout, currentIndexes, awaitSync } = yield* deadLetterStore
  const handlers = new Map<string, Retry>()
  const serialized = Semaphore.makeUnsafe(1).withPermits(1)
  const firstOf = ({ by, place }: BlockedStream) =>
    currentIndexes()
      .byConsumer.get(by)
      ?.find((each) => each.place === place)

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

  /** Reads the dead letter from the bucket. */
  const loadStored = (id: string) =>
    Effect.map(bucket.get(id), (entry) => ({
      revision: revisionOf(entry),
      letter: Option.getOrUndefined(Option.flatMap(entry, ({ value }) => decodeDeadLetter(id, value)))
    }))

  const recordFailure = Effect.fnUntraced(function* (letter: Parked, reason: string) {
    const { letter: stored, revision } = yield* loadStored(letter.id)
    // Another process has dismissed it meanwhile.
    if (stored?.dismissed) return
    const failed = encodeDeadLetter({ ...letter, reason, attempts: letter.attempts + 1, behind: false })
    yield* bucket.put(letter.id, failed, revision).pipe(
      Effect.flatMap(awaitRevision),
      Effect.catchTag("RevisionChanged", () => Effect.void),
      withTimeout
    )
  })

  const retryOne = Effect.fnUntraced(function* (letter: Parked) {
    const handler = handlers.get(letter.by)
    const attempt = handler ? handler(letter) : Effect.fail(`there is no processor named ${letter.by} any more`)
    yield* attempt.pipe(
      Effect.catch((reason) =>
        Effect.andThen(recordFailure(letter, reason), Effect.fail(new RetryFailed({ id: letter.id, reason })))
      )
    )
    yield* withTimeout(Effect.flatMap(bucket.remove(letter.id), awaitRevision))
  })

  const retry = Effect.fnUntraced(function* (id: string) {
    yield* awaitSync
    const letter = find(id)
    if (!letter) return yield* new DeadLetterNotFound({ id })
    let retried = 0
    for (let next = firstOf(letter); next && next.position <= letter.position; next = firstOf(letter)) {
      yield* retryOne(next)
      retried++
    }
    return retried + (yield* retryBlocked(letter))
  })

  const retryBlocked = Effect.fnUntraced(function* (stream: BlockedStream) {
    let retried = 0
    for (let next = firstOf(stream); next?.behind; next = firstOf(stream)) {
      if (Result.isFailure(yield* Effect.result(retryOne(next)))) break
      retried++
    }
    return retried
  })

  const findDismissible = Effect.fnUntraced(function* (id: string) {
    yield* awaitSync
    const letter = find(id)
    if (!letter) return yield* new DeadLetterNotFound({ id })
    const firstLetter = firstOf(letter)!
    return firstLetter.id === id ? letter : yield* new DeadLetterBlocked({ id, first: firstLetter.id })
  })

  const dismiss = (id: string, dismissal: Dismissal) =>
    Effect.gen(function* () {
      const { letter, revision } = yield* loadStored(id)
      if (!letter || letter.dismissed) return yield* new DeadLetterNotFound({ id })
      yield* withTimeout(
        Effect.flatMap(bucket.put(id, encodeDeadLetter({ ...letter, dismissed: dismissal }), revision), awaitRevision)
      )
    }).pipe(Effect.retry({ while: ({ _tag }) => _tag === "RevisionChanged" })) as Effect.Effect<
      void,
      DeadLetterNotFound | StoreUnavailable
    >

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
    registerRetry: (consumer, retry) => Effect.sync(() => void handlers.set(consumer, retry)),
    retry: (id) => serialized(retry(id)),
    findDismissible,
    dismiss: (id, dismissal) => serialized(dismiss(id, dismissal)),
    retryBlocked: (stream) => serialized(retryBlocked(stream))
  })
})
