import { Board, Key, type Slice } from "#domain/grammar/index.ts"
import { Context, Data, Effect, Layer, Option, Stream, SubscriptionRef } from "effect"
import { Consumers } from "../Consumers.ts"
import { EventLog, type LogUnavailable } from "../EventLog.ts"
import { type Bucket, KeyValue, type StoreUnavailable } from "../KeyValue.ts"
import { folder, progressKey } from "./fold.ts"
import { bucketOf, ofView } from "./followers.ts"
import { emptyRow, type Row } from "./row.ts"
import { persist, supervise } from "./supervise.ts"

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

/** The read models of a board. */
export class Views extends Context.Service<
  Views,
  {
    /** The row that `about` names, as it stands now; with `after`, once it knows that position of the log. */
    get<V extends Slice.View<any, any>>(
      view: V,
      about: Key.Of<V["key"]>,
      after?: number
    ): Effect.Effect<Row<V>, ViewBehind | StoreUnavailable | LogUnavailable>
    /** Waits until a view knows a position of the log; answers with the one that it knows. */
    reach(view: Slice.View<any, any>, after: number): Effect.Effect<number, ViewBehind | LogUnavailable>
  }
>()("layers/runtime/Views") {}

const patience = "5 seconds"

/** A view at work: folds its facts into its bucket, and knows how far every process has come with it. */
const follow = Effect.fnUntraced(function* (view: Slice.View<any, any>) {
  const log = yield* EventLog
  const consumers = yield* Consumers
  const bucket = (yield* KeyValue).bucket(bucketOf(view))
  const subscription = ofView(view)
  const { take, catchUp, decode } = folder(view, bucket)
  const name = `view ${view.shows.name}`
  yield* supervise(
    name,
    Effect.flatMap(catchUp(log, subscription.types), (from) =>
      consumers.run(subscription, (batch) => persist(name, take(batch)), from)
    )
  )

  const progress = yield* watchProgress(view, bucket)

  const reach = Effect.fnUntraced(function* (after: number) {
    if (SubscriptionRef.getUnsafe(progress) >= after) return SubscriptionRef.getUnsafe(progress)
    const relevant = yield* log.newest(subscription.types)
    const target = after <= (yield* log.newest()) ? Math.min(after, relevant) : after
    yield* SubscriptionRef.changes(progress).pipe(
      Stream.filter((position) => position >= target),
      Stream.runHead,
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

  const get = Effect.fnUntraced(function* (about: Key.Of<any>, after?: number) {
    if (after !== undefined) yield* reach(after)
    const entry = yield* bucket.get(Key.path(Key.tokens(view.key, about)))
    return Option.match(entry, { onNone: () => emptyRow(view, about), onSome: ({ value }) => decode(value) })
  })
  return { get, reach }
})

const watchProgress = Effect.fnUntraced(function* (view: Slice.View<any, any>, bucket: Bucket) {
  const progress = yield* SubscriptionRef.make(0)
  yield* bucket.watch(progressKey).pipe(
    Stream.runForEach(({ value }) => SubscriptionRef.set(progress, Number(value))),
    Effect.andThen(Effect.never),
    (run) => supervise(`progress of view ${view.shows.name}`, run)
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
      return {
        get: (view, about, after) => readers.get(view)!.get(about, after),
        reach: (view, after) => readers.get(view)!.reach(after)
      }
    })
  )
