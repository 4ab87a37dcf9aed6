import { Context, Effect, Layer } from "effect"
import { Board, type Key, type Slice } from "#domain/model/index.ts"
import type { LogUnavailable } from "#layers/services/EventLog.ts"
import type { StoreUnavailable } from "#layers/services/KeyValue.ts"
import { readView } from "./readView.ts"
import type { Row } from "./row.ts"
import type { ViewBehind, ViewRebuilding } from "./viewErrors.ts"
import { ViewHealth } from "./ViewHealth.ts"
import { followView } from "./viewProcessor.ts"

export { ViewBehind, ViewRebuilding } from "./viewErrors.ts"

type Failure = ViewBehind | ViewRebuilding | StoreUnavailable | LogUnavailable

/** A row, and how many milliseconds ago that was so: more than 0 only while the store is not reachable. */
export interface Looked<V extends Slice.View<any, any>> {
  readonly row: Row<V>
  readonly age: number
  /** How many events the row lacks because the view could not take them. */
  readonly deadLetters?: number
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
    ): Effect.Effect<Looked<V>, Failure | Key.InvalidKey>
    /** The same, less its age. */
    get<V extends Slice.View<any, any>>(
      view: V,
      about: Key.Of<V["key"]>,
      after?: number
    ): Effect.Effect<Row<V>, Failure | Key.InvalidKey>
    /** Waits until a view knows a position of the log; answers with the one that it knows. */
    reach(view: Slice.View<any, any>, after: number): Effect.Effect<number, Failure>
  }
>()("layers/runtime/Views") {}

export const layer = (board: Board.Any) =>
  Layer.effectContext(
    Effect.gen(function* () {
      const views = Board.views(board)
      const readers = new Map(
        yield* Effect.forEach(views, (view) =>
          Effect.map(
            Effect.flatMap(followView(board, view), (followed) => readView(view, followed)),
            (reader) => [view, reader] as const
          )
        )
      )
      const look: Views["Service"]["look"] = (view, about, after) => readers.get(view)!.look(about, after)
      const health: ViewHealth["Service"] = {
        states: Effect.sync(() => new Map(Array.from(readers, ([view, { state }]) => [view.shows.name, state()]))),
        sound: (view, list) => readers.get(view)!.sound(list),
        deadLetters: (view) => readers.get(view)!.deadLetters,
        passedOver: (view) => readers.get(view)!.passedOver()
      }
      return Context.make(Views, {
        look,
        get: (view, about, after) => Effect.map(look(view, about, after), ({ row }) => row),
        reach: (view, after) => readers.get(view)!.reach(after)
      }).pipe(Context.add(ViewHealth, health))
    })
  )
