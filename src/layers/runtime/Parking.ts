import { Clock, Context, Data, Effect, Layer, Option, Result, Schema, Semaphore, Stream } from "effect"
import { KeyValue, type StoreUnavailable } from "../KeyValue.ts"
import { parkedBucket } from "./followers.ts"
import { supervise } from "./supervise.ts"

/** A fact that a follower of the log could not take, or that waits behind such a one in the same place. */
export const Parked = Schema.Struct({
  id: Schema.String,
  by: Schema.String.annotate({ description: "The consumer that could not take it" }),
  place: Schema.String,
  position: Schema.Int.annotate({ description: "Where it stands in the log" }),
  type: Schema.String,
  reason: Schema.String,
  attempts: Schema.Int,
  behind: Schema.Boolean.annotate({ description: "It only waits for an earlier one of its place" }),
  since: Schema.String.annotate({ format: "date-time" })
}).annotate({ identifier: "Parked" })
export type Parked = typeof Parked.Type

/** What is to be parked. */
export type Stuck = Omit<Parked, "id" | "since">

/** Nothing is parked under this id; somebody may have retried it before. */
export class NotParked extends Data.TaggedError("NotParked")<{ readonly id: string }> {
  override get message() {
    return `Nothing is parked as ${this.id}. See GET /operations/parked for what is.`
  }
}

/** It still cannot be taken. */
export class StillStuck extends Data.TaggedError("StillStuck")<{ readonly id: string; readonly reason: string }> {
  override get message() {
    return `${this.id} still cannot be taken: ${this.reason}`
  }
}

/** How a follower takes one fact again; fails with why it cannot. */
export type Retry = (parked: Parked) => Effect.Effect<void, string>

/** Where facts wait that a follower could not take, so that the others go on: by follower and place, in order. */
export class Parking extends Context.Service<
  Parking,
  {
    /** Puts them aside, in order; one that is there already stays as it is. */
    park(stuck: ReadonlyArray<Stuck>): Effect.Effect<void, StoreUnavailable>
    /** The places in which something is parked for this follower. */
    places(by: string): ReadonlySet<string>
    /** All of it, by follower and position. */
    readonly all: Effect.Effect<ReadonlyArray<Parked>>
    /** Says how a follower takes a fact again. */
    retries(by: string, retry: Retry): Effect.Effect<void>
    /** Takes it again, before it what is parked before it in its place, and behind it what waits for it. How many that was. */
    retry(id: string): Effect.Effect<number, NotParked | StillStuck | StoreUnavailable>
  }
>()("layers/runtime/Parking") {
  static readonly layer = Layer.effect(
    Parking,
    Effect.gen(function* () {
      const bucket = (yield* KeyValue).bucket(parkedBucket)
      const items = new Map<string, Parked>()
      const byFollower = new Map<string, Set<string>>()
      const handlers = new Map<string, Retry>()
      const turn = Semaphore.makeUnsafe(1)

      const changed = (key: string, parked: Parked | undefined) => {
        const before = items.get(key)
        if (parked) items.set(key, parked)
        else items.delete(key)
        const by = parked?.by ?? before?.by
        if (by === undefined) return
        const places = sorted().flatMap((each) => (each.by === by ? [each.place] : []))
        byFollower.set(by, new Set(places))
      }
      const sorted = () =>
        [...items.values()].sort((a, b) => (a.by === b.by ? a.position - b.position : a.by < b.by ? -1 : 1))

      yield* bucket.watch(">").pipe(
        Stream.runForEach(({ key, entry }) =>
          Effect.sync(() => changed(key, Option.isSome(entry) ? decode(entry.value.value) : undefined))
        ),
        Effect.andThen(Effect.never),
        (run) => supervise("the list of what is parked", run)
      )

      const write = (parked: Parked) =>
        Effect.gen(function* () {
          const entry = yield* bucket.get(parked.id)
          const revision = Option.match(entry, { onNone: () => 0, onSome: ({ revision }) => revision })
          yield* bucket.put(parked.id, encode(parked), revision)
          changed(parked.id, parked)
        }).pipe(Effect.catchTag("RevisionChanged", () => Effect.void))

      const park = Effect.fnUntraced(function* (stuck: ReadonlyArray<Stuck>) {
        const since = new Date(yield* Clock.currentTimeMillis).toISOString()
        for (const each of stuck) {
          const id = `${each.by}.${each.position}`
          if (items.has(id)) continue
          yield* write({ ...each, id, since })
          if (!each.behind) {
            yield* Effect.logError(`${each.by} parks ${each.type} at ${each.position} (${each.place}): ${each.reason}`)
          }
        }
      })

      const again = Effect.fnUntraced(function* (parked: Parked) {
        const handler = handlers.get(parked.by)
        const tried = handler ? handler(parked) : Effect.fail(`no follower is named ${parked.by} any more`)
        yield* tried.pipe(
          Effect.catch((reason) =>
            Effect.andThen(
              write({ ...parked, reason, attempts: parked.attempts + 1, behind: false }),
              Effect.fail(new StillStuck({ id: parked.id, reason }))
            )
          )
        )
        yield* bucket.remove(parked.id)
        changed(parked.id, undefined)
      })

      /** What only waited for it follows, until something cannot be taken again. */
      const retry = Effect.fnUntraced(function* (id: string) {
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

      return {
        park,
        places: (by) => byFollower.get(by) ?? none,
        all: Effect.sync(sorted),
        retries: (by, retry) => Effect.sync(() => void handlers.set(by, retry)),
        retry: (id) => turn.withPermits(1)(retry(id))
      }
    })
  )
}

const none: ReadonlySet<string> = new Set()
const json = Schema.fromJsonString(Parked)
const decode = Schema.decodeUnknownSync(json)
const encode = Schema.encodeSync(json)
