import { Clock, Context, Effect, Layer, Option, Result, Semaphore } from "effect"
import { type Dismissal, Parked } from "#layers/contract/deadLetterSchema.ts"
import { revisionOf, StoreUnavailable } from "#layers/services/KeyValue.ts"
import { decode, encode, idOf, type Kept, NotParked, StillStuck, type Stuck, WaitsBehind } from "./DeadLetter.ts"
import { parkedItems } from "./deadLetterBucket.ts"

export { NotParked, Parked, StillStuck, type Stuck, WaitsBehind }

/** How a follower takes one fact again; fails with why it cannot. */
export type Retry = (parked: Parked) => Effect.Effect<void, string>

/** The event stream of a dead letter, as one follower takes it. */
type Queue = Pick<Parked, "by" | "place">

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
    /** Positions that this follower passes over, since they were dismissed, as far as this process knows. */
    passedOver(by: string): ReadonlySet<number>
    /** Takes away what is parked for a follower that begins again at the first fact, and what was dismissed for it. */
    forget(by: string): Effect.Effect<void, StoreUnavailable>
    /** All of it, by follower and position. */
    readonly all: Effect.Effect<ReadonlyArray<Parked>, StoreUnavailable>
    /** What was dismissed of the event at a position, by whichever follower, as far as this process knows. */
    dismissedAt(position: number): ReadonlyArray<Kept>
    /** Says how a follower takes a fact again. */
    retries(by: string, retry: Retry): Effect.Effect<void>
    /** Takes it again, before it what is parked before it in its place, and behind it what waits for it. How many that was. */
    retry(id: string): Effect.Effect<number, NotParked | StillStuck | StoreUnavailable>
    /** What is parked under an id, if it can be dismissed: it is the first of its place. */
    first(id: string): Effect.Effect<Parked, NotParked | WaitsBehind | StoreUnavailable>
    /** From now on its follower passes over the event. */
    dismiss(id: string, why: Dismissal): Effect.Effect<void, NotParked | StoreUnavailable>
    /** Takes what only waits in a place, until something cannot be taken. How many that was. */
    takeWaiting(queue: Queue): Effect.Effect<number, StoreUnavailable>
  }
>()("layers/runtime/Parking") {
  static readonly layer = Layer.effect(
    Parking,
    Effect.suspend(() => make())
  )
}

const none: ReadonlySet<never> = new Set()
const nothing: ReadonlyArray<never> = []

const make = Effect.fnUntraced(function* () {
  const { allOf, bucket, comeTo, find, inTime, now, upToDate } = yield* parkedItems
  const handlers = new Map<string, Retry>()
  const oneByOne = Semaphore.makeUnsafe(1).withPermits(1)
  const firstOf = ({ by, place }: Queue) =>
    now()
      .byFollower.get(by)
      ?.find((each) => each.place === place)

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
    if (stuck.length > 0) yield* upToDate
  })

  /** As the bucket has it now. */
  const stored = (id: string) =>
    Effect.map(bucket.get(id), (entry) => ({
      revision: revisionOf(entry),
      kept: Option.getOrUndefined(Option.flatMap(entry, ({ value }) => decode(id, value)))
    }))

  const noteFailure = Effect.fnUntraced(function* (parked: Parked, reason: string) {
    const { kept, revision } = yield* stored(parked.id)
    // Another process dismissed it meanwhile.
    if (kept?.dismissed) return
    const stuck = encode({ ...parked, reason, attempts: parked.attempts + 1, behind: false })
    yield* bucket.put(parked.id, stuck, revision).pipe(
      Effect.flatMap(comeTo),
      Effect.catchTag("RevisionChanged", () => Effect.void),
      inTime
    )
  })

  const again = Effect.fnUntraced(function* (parked: Parked) {
    const handler = handlers.get(parked.by)
    const tried = handler ? handler(parked) : Effect.fail(`no follower is named ${parked.by} any more`)
    yield* tried.pipe(
      Effect.catch((reason) =>
        Effect.andThen(noteFailure(parked, reason), Effect.fail(new StillStuck({ id: parked.id, reason })))
      )
    )
    yield* inTime(Effect.flatMap(bucket.remove(parked.id), comeTo))
  })

  /** What only waited for it follows, until something cannot be taken again. */
  const retry = Effect.fnUntraced(function* (id: string) {
    yield* upToDate
    const wanted = find(id)
    if (!wanted) return yield* new NotParked({ id })
    let taken = 0
    for (let next = firstOf(wanted); next && next.position <= wanted.position; next = firstOf(wanted)) {
      yield* again(next)
      taken++
    }
    return taken + (yield* takeWaiting(wanted))
  })

  const takeWaiting = Effect.fnUntraced(function* (queue: Queue) {
    let taken = 0
    for (let next = firstOf(queue); next?.behind; next = firstOf(queue)) {
      if (Result.isFailure(yield* Effect.result(again(next)))) break
      taken++
    }
    return taken
  })

  const first = Effect.fnUntraced(function* (id: string) {
    yield* upToDate
    const wanted = find(id)
    if (!wanted) return yield* new NotParked({ id })
    const first = firstOf(wanted)!
    return first.id === id ? wanted : yield* new WaitsBehind({ id, first: first.id })
  })

  const dismiss = (id: string, dismissed: Dismissal) =>
    Effect.gen(function* () {
      const { kept, revision } = yield* stored(id)
      if (!kept || kept.dismissed) return yield* new NotParked({ id })
      yield* inTime(Effect.flatMap(bucket.put(id, encode({ ...kept, dismissed }), revision), comeTo))
    }).pipe(Effect.retry({ while: ({ _tag }) => _tag === "RevisionChanged" })) as Effect.Effect<
      void,
      NotParked | StoreUnavailable
    >

  const forget = (by: string) =>
    Effect.andThen(
      upToDate,
      Effect.suspend(() =>
        Effect.forEach(allOf(by), ({ id }) => Effect.flatMap(bucket.remove(id), comeTo), { discard: true })
      )
    ).pipe(inTime)

  return Parking.of({
    park,
    known: upToDate,
    of: (by) => now().byFollower.get(by) ?? nothing,
    places: (by) => now().places.get(by) ?? none,
    passedOver: (by) => now().passedOver.get(by) ?? none,
    forget,
    all: Effect.map(upToDate, () => now().parked),
    dismissedAt: (position) => now().dismissed.get(position) ?? nothing,
    retries: (by, retry) => Effect.sync(() => void handlers.set(by, retry)),
    retry: (id) => oneByOne(retry(id)),
    first,
    dismiss: (id, why) => oneByOne(dismiss(id, why)),
    takeWaiting: (queue) => oneByOne(takeWaiting(queue))
  })
})
