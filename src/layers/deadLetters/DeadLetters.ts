import { Clock, Context, Effect, Layer, Option, Result, Semaphore } from "effect"
import { type Dismissal, Parked } from "#layers/contract/deadLetterSchema.ts"
import { revisionOf, StoreUnavailable } from "#layers/services/KeyValue.ts"
import {
  decodeDeadLetter,
  encodeDeadLetter,
  deadLetterId,
  type Kept,
  DeadLetterNotFound,
  RetryFailed,
  type NewDeadLetter,
  DeadLetterBlocked
} from "./DeadLetter.ts"
import { deadLetterStore } from "./deadLetterStore.ts"

export { DeadLetterNotFound, Parked, RetryFailed, type NewDeadLetter, DeadLetterBlocked }

/** How a follower takes one fact again; fails with why it cannot. */
export type Retry = (letter: Parked) => Effect.Effect<void, string>

/** The event stream of a dead letter, as one follower takes it. */
type BlockedStream = Pick<Parked, "by" | "place">

/** Where facts wait that a follower could not take, so that the others go on: by follower and place, in order. */
export class DeadLetters extends Context.Service<
  DeadLetters,
  {
    /** Puts them aside, in order; one that is there already stays as it is. `places` knows of them then. */
    add(letters: ReadonlyArray<NewDeadLetter>): Effect.Effect<void, StoreUnavailable>
    /** Waits until `places` knows of all that was parked before it was called, by any process. */
    readonly awaitSync: Effect.Effect<void, StoreUnavailable>
    /** The places in which something is parked for this follower, as far as this process knows. */
    blockedStreams(consumer: string): ReadonlySet<string>
    /** What is parked for this follower, as far as this process knows. */
    ofConsumer(consumer: string): ReadonlyArray<Parked>
    /** Positions that this follower passes over, since they were dismissed, as far as this process knows. */
    dismissedPositions(consumer: string): ReadonlySet<number>
    /** Takes away what is parked for a follower that begins again at the first fact, and what was dismissed for it. */
    clear(consumer: string): Effect.Effect<void, StoreUnavailable>
    /** All of it, by follower and position. */
    readonly all: Effect.Effect<ReadonlyArray<Parked>, StoreUnavailable>
    /** What was dismissed of the event at a position, by whichever follower, as far as this process knows. */
    dismissedAt(position: number): ReadonlyArray<Kept>
    /** Says how a follower takes a fact again. */
    registerRetry(consumer: string, retry: Retry): Effect.Effect<void>
    /** Takes it again, before it what is parked before it in its place, and behind it what waits for it. How many that was. */
    retry(id: string): Effect.Effect<number, DeadLetterNotFound | RetryFailed | StoreUnavailable>
    /** What is parked under an id, if it can be dismissed: it is the first of its place. */
    findDismissible(id: string): Effect.Effect<Parked, DeadLetterNotFound | DeadLetterBlocked | StoreUnavailable>
    /** From now on its follower passes over the event. */
    dismiss(id: string, dismissal: Dismissal): Effect.Effect<void, DeadLetterNotFound | StoreUnavailable>
    /** Takes what only waits in a place, until something cannot be taken. How many that was. */
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
        yield* Effect.logError(`${each.by} parks ${each.type} at ${each.position} (${each.place}): ${each.reason}`)
      }
    }
    if (letters.length > 0) yield* awaitSync
  })

  /** As the bucket has it now. */
  const loadStored = (id: string) =>
    Effect.map(bucket.get(id), (entry) => ({
      revision: revisionOf(entry),
      letter: Option.getOrUndefined(Option.flatMap(entry, ({ value }) => decodeDeadLetter(id, value)))
    }))

  const recordFailure = Effect.fnUntraced(function* (letter: Parked, reason: string) {
    const { letter: stored, revision } = yield* loadStored(letter.id)
    // Another process dismissed it meanwhile.
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
    const attempt = handler ? handler(letter) : Effect.fail(`no follower is named ${letter.by} any more`)
    yield* attempt.pipe(
      Effect.catch((reason) =>
        Effect.andThen(recordFailure(letter, reason), Effect.fail(new RetryFailed({ id: letter.id, reason })))
      )
    )
    yield* withTimeout(Effect.flatMap(bucket.remove(letter.id), awaitRevision))
  })

  /** What only waited for it follows, until something cannot be taken again. */
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
    awaitSync: awaitSync,
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
    retryBlocked: (queue) => serialized(retryBlocked(queue))
  })
})
