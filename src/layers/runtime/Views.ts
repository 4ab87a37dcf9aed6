import { Board, type Key, type Slice } from "#domain/grammar/index.ts"
import { Array, Context, Data, Effect, Layer, Option, Predicate, Stream, SubscriptionRef } from "effect"
import { Consumers } from "../Consumers.ts"
import { EventLog, isUnreadable, type LogUnavailable } from "../EventLog.ts"
import { type Bucket, KeyValue, StoreUnavailable } from "../KeyValue.ts"
import { comesTo } from "../comesTo.ts"
import { budget } from "./budget.ts"
import { positionIn } from "./checkpoint.ts"
import { folder } from "./fold.ts"
import { bucketOf, ofView } from "./followers.ts"
import { making, progressKey } from "./making.ts"
import { recall } from "./recall.ts"
import type { Row } from "./row.ts"
import { Parking, type Stuck } from "./Parking.ts"
import { supervise } from "./supervise.ts"
import { noted } from "./Troubles.ts"

/** The view did not reach the position in time. `lag` is how many facts it has before it. */
export class ViewBehind extends Data.TaggedError("ViewBehind")<{
  readonly view: string
  readonly after: number
  readonly position: number
  readonly lag: number
}> {
  override get message() {
    const waits = this.lag > 0 ? `it has ${this.lag} facts to take` : "and nothing newer is on its way to it"
    return `${this.view} knows position ${this.position}, not ${this.after} yet: ${waits}. Try again.`
  }
}

/** A row, and how many milliseconds ago that was so: more than 0 only while the store is not reachable. */
export interface Looked<V extends Slice.View<any, any>> {
  readonly row: Row<V>
  readonly age: number
}

/** The read models of a board. */
export class Views extends Context.Service<
  Views,
  {
    /** The row that `about` names, as it stands now; with `after`, once it knows that position of the log. */
    look<V extends Slice.View<any, any>>(
      view: V,
      about: Key.Of<V["key"]>,
      after?: number
    ): Effect.Effect<Looked<V>, ViewBehind | StoreUnavailable | LogUnavailable>
    /** The same, less its age. */
    get<V extends Slice.View<any, any>>(
      view: V,
      about: Key.Of<V["key"]>,
      after?: number
    ): Effect.Effect<Row<V>, ViewBehind | StoreUnavailable | LogUnavailable>
    /** Waits until a view knows a position of the log; answers with the one that it knows. */
    reach(
      view: Slice.View<any, any>,
      after: number
    ): Effect.Effect<number, ViewBehind | LogUnavailable | StoreUnavailable>
  }
>()("layers/runtime/Views") {}

const patience = "5 seconds"

/** From so many positions on, reading the log in one go is quicker than being handed the facts. */
const farBehind = 5_000

/** A view at work: folds its facts into its bucket, and knows how far every process has come with it. */
const follow = Effect.fnUntraced(function* (view: Slice.View<any, any>) {
  const log = yield* EventLog
  const consumers = yield* Consumers
  const parking = yield* Parking
  const bucket = (yield* KeyValue).bucket(bucketOf(view))
  const subscription = ofView(view)
  const { name: by, types } = subscription
  const { decode, refold, replay, take } = folder(view, subscription, bucket, () => parking.places(by))
  const name = `view ${view.shows.name}`
  const progress = yield* watchProgress(name, bucket)

  const run = Effect.gen(function* () {
    if (yield* bucket.ensure) {
      yield* SubscriptionRef.set(progress, 0)
      yield* Effect.logWarning(`${name} begins anew: its bucket was gone`)
    }
    const rows = yield* making(log, bucket, name)
    // In this order: what was parked up to there is known then.
    const from = Effect.tap(rows.position, parking.known)
    const done = (position: number, aside: ReadonlyArray<Stuck>) =>
      Effect.andThen(parking.park(aside), rows.reached(position))

    /** Reads in one go what can be. */
    const catchUp = Effect.fnUntraced(function* (mayBeEmpty: boolean) {
      const after = yield* from
      const upTo = yield* log.newest(types)
      if (upTo - after < farBehind) return
      yield* replay(log, types, { after, upTo, isEmpty: mayBeEmpty && after === 0 }, done)
    })

    const again = Effect.retry(catchUp(false), { while: Predicate.isTagged("RevisionChanged") })
    yield* Effect.catchTag(catchUp(true), "RevisionChanged", () => again)
    return yield* consumers.run(
      subscription,
      (batch) =>
        noted(name, rows.taking(Array.lastNonEmpty(batch).position, Effect.flatMap(take(batch), parking.park))),
      from
    )
  })
  yield* supervise(name, run)

  yield* parking.retries(by, ({ position }) =>
    Effect.gen(function* () {
      const found = yield* log.at(position)
      if (Option.isNone(found)) return yield* Effect.fail("it does not stand in the log any more")
      if (isUnreadable(found.value)) return yield* Effect.fail(found.value.reason)
      yield* refold(log, types, yield* log.newest(types), found.value.fact)
    }).pipe(Effect.mapError((error) => (typeof error === "string" ? error : error.message)))
  )

  /** How far the bucket itself says that it has come; what was heard of may have been another bucket's. */
  const confirmed = Effect.flatMap(bucket.get(progressKey), (entry) => {
    const position = Option.match(entry, { onNone: () => 0, onSome: ({ value }) => positionIn(value) })
    return Effect.as(
      SubscriptionRef.getUnsafe(progress) === position ? Effect.void : SubscriptionRef.set(progress, position),
      position
    )
  })

  const waitFor = Effect.fnUntraced(function* (target: number) {
    while (true) {
      yield* comesTo(progress, target)
      if ((yield* confirmed) >= target) return
    }
  })

  const reach = Effect.fnUntraced(function* (after: number) {
    const isThere = SubscriptionRef.getUnsafe(progress) >= after
    // In this order: only who knows of `after` can say which fact before it was the view's last.
    const isKnown = !isThere && after <= (yield* log.newest())
    yield* waitFor(isKnown ? Math.min(after, yield* log.newest(types)) : after).pipe(
      Effect.timeoutOrElse({
        duration: patience,
        orElse: Effect.fnUntraced(function* () {
          const lag = yield* consumers.lag(subscription)
          return yield* new ViewBehind({
            view: view.shows.name,
            after,
            position: SubscriptionRef.getUnsafe(progress),
            lag
          })
        })
      })
    )
    return SubscriptionRef.getUnsafe(progress)
  })

  const look = recall(view, bucket, decode)
  const lookAfter = Effect.fnUntraced(
    function* (about: Key.Of<any>, after?: number) {
      if (after !== undefined) yield* reach(after)
      return yield* look(about, after)
    },
    inTime(bucketOf(view))
  )
  return { look: lookAfter, reach: (after: number) => inTime(bucketOf(view))(reach(after)) }
})

const inTime = (bucket: string) =>
  Effect.timeoutOrElse({
    duration: budget,
    orElse: () => Effect.fail(new StoreUnavailable({ bucket, reason: "it did not answer in time" }))
  })

const watchProgress = Effect.fnUntraced(function* (name: string, bucket: Bucket) {
  const progress = yield* SubscriptionRef.make(0)
  yield* bucket.watch(progressKey).pipe(
    Stream.runForEach(({ value }) => SubscriptionRef.set(progress, Option.isSome(value) ? positionIn(value.value) : 0)),
    Effect.andThen(Effect.never),
    (run) => supervise(`progress of ${name}`, run)
  )
  return progress
})

export const layer = (board: Board.Any) =>
  Layer.effect(
    Views,
    Effect.gen(function* () {
      const views = Board.views(board)
      const readers = new Map(
        yield* Effect.forEach(views, (view) => Effect.map(follow(view), (reader) => [view, reader] as const))
      )
      const look: Views["Service"]["look"] = (view, about, after) => readers.get(view)!.look(about, after)
      return {
        look,
        get: (view, about, after) => Effect.map(look(view, about, after), ({ row }) => row),
        reach: (view, after) => readers.get(view)!.reach(after)
      }
    })
  )
