import { Clock, Context, Effect, Layer, Option, Result, Semaphore, Stream, SubscriptionRef } from "effect"
import { smallValues } from "../smallValues.ts"
import { type Change, KeyValue, revisionOf, StoreUnavailable } from "../KeyValue.ts"
import { comesTo } from "../comesTo.ts"
import { parkedBucket } from "./followers.ts"
import { decode, encode, idOf, NotParked, Parked, StillStuck, type Stuck } from "./Parked.ts"
import { keepBucket } from "./keepBucket.ts"
import { supervise } from "./supervise.ts"

export { NotParked, Parked, StillStuck, type Stuck }

/** How a follower takes one fact again; fails with why it cannot. */
export type Retry = (parked: Parked) => Effect.Effect<void, string>

/** Where facts wait that a follower could not take, so that the others go on: by follower and place, in order. */
export class Parking extends Context.Service<
  Parking,
  {
    /** Puts them aside, in order; one that is there already stays as it is. `places` knows of them then. */
    park(stuck: ReadonlyArray<Stuck>): Effect.Effect<void, StoreUnavailable>
    /** Waits until `places` knows of all that was parked before it was called, by any process. */
    readonly known: Effect.Effect<void, StoreUnavailable>
    /** The places in which something is parked for this follower, as far as this process knows. */
    places(by: string): ReadonlySet<string>
    /** What is parked for this follower, as far as this process knows. */
    of(by: string): ReadonlyArray<Parked>
    /** Takes away what is parked for a follower that begins again at the first fact. */
    forget(by: string): Effect.Effect<void, StoreUnavailable>
    /** All of it, by follower and position. */
    readonly all: Effect.Effect<ReadonlyArray<Parked>, StoreUnavailable>
    /** Says how a follower takes a fact again. */
    retries(by: string, retry: Retry): Effect.Effect<void>
    /** Takes it again, before it what is parked before it in its place, and behind it what waits for it. How many that was. */
    retry(id: string): Effect.Effect<number, NotParked | StillStuck | StoreUnavailable>
  }
>()("layers/runtime/Parking") {
  static readonly layer = Layer.effect(
    Parking,
    Effect.gen(function* () {
      const bucket = smallValues((yield* KeyValue).bucket(parkedBucket))
      const seen = yield* SubscriptionRef.make(0)
      const items = new Map<string, Parked>()
      const byFollower = new Map<string, ReadonlyArray<Parked>>()
      const placesOf = new Map<string, ReadonlySet<string>>()
      const handlers = new Map<string, Retry>()
      const turn = Semaphore.makeUnsafe(1)

      /** What was parked is put back, if this process knows what it was. */
      const unreadable = (key: string, known: Parked | undefined, revision: number) =>
        Effect.gen(function* () {
          const then = known ? "it is put back as it was" : "it is left out"
          yield* Effect.logError(`In the bucket ${parkedBucket}, ${key} cannot be read: ${then}`)
          if (!known) return
          items.set(key, known)
          yield* Effect.catchTag(bucket.put(key, encode(known), revision), "RevisionChanged", () => Effect.void)
        })

      /** What is parked is what the bucket was seen to have: whoever writes waits until it has come around. */
      const see = ({ key, revision, value }: Change) =>
        Effect.gen(function* () {
          const parked = Option.flatMap(value, (text) => decode(key, text))
          const known = items.get(key)
          if (Option.isSome(parked)) items.set(key, parked.value)
          else items.delete(key)
          placesOf.clear()
          byFollower.clear()
          if (Option.isSome(value) && Option.isNone(parked)) yield* unreadable(key, known, revision)
          yield* SubscriptionRef.update(seen, (before) => Math.max(before, revision))
        })
      yield* bucket
        .watch(">")
        .pipe(Stream.runForEach(see), Effect.andThen(Effect.never), (run) =>
          supervise("the list of what is parked", run)
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

      const putBack = (parked: Parked) =>
        bucket.putAll([{ key: parked.id, value: encode(parked), revision: 0, isNew: true }]).pipe(
          Effect.andThen(
            Effect.logWarning(`${parked.id} is parked again: it was gone from the bucket ${parkedBucket}`)
          ),
          Effect.catchTag("RevisionChanged", () => Effect.void)
        )

      const madeAnew = Effect.andThen(bucket.ensure, bucket.newest)
      const known = bucket.newest.pipe(
        Effect.catch(() => madeAnew),
        Effect.flatMap(comeTo),
        inTime
      )

      const park = Effect.fnUntraced(function* (stuck: ReadonlyArray<Stuck>) {
        const since = new Date(yield* Clock.currentTimeMillis).toISOString()
        for (const each of stuck) {
          const id = idOf(each)
          const isThere = yield* bucket.put(id, encode({ ...each, id, since }), 0).pipe(
            Effect.as(false),
            Effect.catchTag("RevisionChanged", () => Effect.succeed(true))
          )
          if (!isThere && !each.behind) {
            yield* Effect.logError(`${each.by} parks ${each.type} at ${each.position} (${each.place}): ${each.reason}`)
          }
        }
        if (stuck.length > 0) yield* known
      })

      const again = Effect.fnUntraced(function* (parked: Parked) {
        const handler = handlers.get(parked.by)
        const tried = handler ? handler(parked) : Effect.fail(`no follower is named ${parked.by} any more`)
        yield* tried.pipe(
          Effect.catch((reason) =>
            Effect.gen(function* () {
              const entry = yield* bucket.get(parked.id)
              const stuck = encode({ ...parked, reason, attempts: parked.attempts + 1, behind: false })
              yield* bucket.put(parked.id, stuck, revisionOf(entry)).pipe(
                Effect.flatMap(comeTo),
                Effect.catchTag("RevisionChanged", () => Effect.void),
                inTime
              )
              return yield* new StillStuck({ id: parked.id, reason })
            })
          )
        )
        yield* inTime(Effect.flatMap(bucket.remove(parked.id), comeTo))
      })

      /** What only waited for it follows, until something cannot be taken again. */
      const retry = Effect.fnUntraced(function* (id: string) {
        yield* known
        const wanted = items.get(id)
        if (!wanted) return yield* new NotParked({ id })
        const first = () => sorted().find(({ by, place }) => by === wanted.by && place === wanted.place)
        let taken = 0
        for (let next = first(); next && (next.position <= wanted.position || next.behind); next = first()) {
          const tried = yield* Effect.result(again(next))
          if (Result.isFailure(tried)) {
            if (next.position <= wanted.position) return yield* Effect.fail(tried.failure)
            break
          }
          taken++
        }
        return taken
      })

      const sorted = () =>
        [...items.values()].sort((a, b) => (a.by === b.by ? a.position - b.position : a.by < b.by ? -1 : 1))
      const find = (by: string) => new Set([...items.values()].flatMap((each) => (each.by === by ? [each.place] : [])))

      const of = (by: string) => {
        const found = byFollower.get(by) ?? sorted().filter((each) => each.by === by)
        byFollower.set(by, found)
        return found
      }

      return {
        park,
        known,
        of,
        forget: (by) =>
          Effect.andThen(
            known,
            Effect.forEach(of(by), ({ id }) => Effect.flatMap(bucket.remove(id), comeTo), { discard: true })
          ).pipe(inTime),
        places: (by) => {
          const places = placesOf.get(by) ?? find(by)
          placesOf.set(by, places)
          return places
        },
        all: Effect.map(known, sorted),
        retries: (by, retry) => Effect.sync(() => void handlers.set(by, retry)),
        retry: (id) => turn.withPermits(1)(retry(id))
      }
    })
  )
}

/** How long what is parked may take to come. */
const patience = "5 seconds"
