import { Effect, Option, Stream, SubscriptionRef } from "effect"
import { keepBucket } from "#layers/processors/maintainBucket.ts"
import { supervise } from "#layers/processors/supervise.ts"
import { smallValues } from "#layers/services/boundedValues.ts"
import { parkedBucket } from "#layers/services/buckets.ts"
import { type Change, KeyValue, StoreUnavailable } from "#layers/services/KeyValue.ts"
import { comesTo } from "#layers/timing/awaitPosition.ts"
import { decode, encode, type Kept } from "./DeadLetter.ts"

/** How long what is parked may take to come. */
const patience = "5 seconds"

/** In the order in which a follower takes them. */
const inOrder = (a: Kept, b: Kept) => (a.by === b.by ? a.position - b.position : a.by < b.by ? -1 : 1)

/** What this process has heard of the bucket, in the ways it is asked for; all of them are new once something changed. */
const indexes = (items: ReadonlyMap<string, Kept>) => {
  const all = [...items.values()].sort(inOrder)
  const parked = all.filter(({ dismissed }) => !dismissed)
  const dismissed = all.filter(({ dismissed }) => dismissed)
  const byFollower = Map.groupBy(parked, ({ by }) => by)
  const sets = <A>(groups: ReadonlyMap<string, ReadonlyArray<Kept>>, of: (kept: Kept) => A) =>
    new Map(Array.from(groups, ([by, kept]) => [by, new Set(kept.map(of))]))
  return {
    parked,
    dismissed: Map.groupBy(dismissed, ({ position }) => position),
    byFollower,
    places: sets(byFollower, ({ place }) => place),
    passedOver: sets(
      Map.groupBy(dismissed, ({ by }) => by),
      ({ position }) => position
    )
  }
}

/**
 * The bucket of dead letters, and what this process has heard of it by a watch. What was taken out of the bucket by something
 * else is put back; whoever writes waits until that has come around.
 */
export const parkedItems = Effect.gen(function* () {
  const bucket = smallValues((yield* KeyValue).bucket(parkedBucket))
  const seen = yield* SubscriptionRef.make(0)
  const items = new Map<string, Kept>()
  let known: ReturnType<typeof indexes> | undefined
  const now = () => (known ??= indexes(items))

  /** What was parked is put back, if this process knows what it was. */
  const unreadable = (key: string, before: Kept | undefined, revision: number) =>
    Effect.gen(function* () {
      const then = before ? "it is put back as it was" : "it is left out"
      yield* Effect.logError(`In the bucket ${parkedBucket}, ${key} cannot be read: ${then}`)
      if (!before) return
      items.set(key, before)
      yield* Effect.catchTag(bucket.put(key, encode(before), revision), "RevisionChanged", () => Effect.void)
    })

  const see = ({ key, revision, value }: Change) =>
    Effect.gen(function* () {
      const kept = Option.flatMap(value, (text) => decode(key, text))
      const before = items.get(key)
      if (Option.isSome(kept)) items.set(key, kept.value)
      else items.delete(key)
      known = undefined
      if (Option.isSome(value) && Option.isNone(kept)) yield* unreadable(key, before, revision)
      yield* SubscriptionRef.update(seen, (before) => Math.max(before, revision))
    })
  yield* bucket
    .watch(">")
    .pipe(Stream.runForEach(see), Effect.andThen(Effect.never), (run) => supervise("the list of what is parked", run))

  const putBack = (kept: Kept) =>
    bucket.putAll([{ key: kept.id, value: encode(kept), revision: 0, isNew: true }]).pipe(
      Effect.andThen(Effect.logWarning(`${kept.id} is parked again: it was gone from the bucket ${parkedBucket}`)),
      Effect.catchTag("RevisionChanged", () => Effect.void)
    )
  yield* keepBucket(bucket, parkedBucket, {
    isIncomplete: ({ entries }) => Effect.succeed(entries < items.size),
    restore: (isNew) =>
      Effect.gen(function* () {
        if (isNew) yield* SubscriptionRef.set(seen, 0)
        yield* Effect.forEach([...items.values()], putBack, { discard: true })
      })
  })

  const late = new StoreUnavailable({ bucket: parkedBucket, reason: "what is parked did not come in time" })
  const comeTo = (revision: number) => comesTo(seen, revision)
  const inTime = Effect.timeoutOrElse({ duration: patience, orElse: () => Effect.fail(late) })
  const madeAnew = Effect.andThen(bucket.ensure, bucket.newest)

  return {
    bucket,
    /** Waits until a change of the bucket was heard of. */
    comeTo,
    inTime,
    /** Waits until all was heard of that the bucket has now. */
    upToDate: bucket.newest.pipe(
      Effect.catch(() => madeAnew),
      Effect.flatMap(comeTo),
      inTime
    ),
    /** What is parked under an id, and not dismissed. */
    find: (id: string) => {
      const kept = items.get(id)
      return kept?.dismissed ? undefined : kept
    },
    /** All that is kept for a follower, what was dismissed included. */
    allOf: (by: string) => [...items.values()].filter((each) => each.by === by),
    now
  }
})
