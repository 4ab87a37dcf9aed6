import { Context, Effect, Layer } from "effect"
import { Board, type Key, type Slice } from "#domain/model/index.ts"
import type { LogUnavailable } from "#layers/services/EventLog.ts"
import type { StoreUnavailable } from "#layers/services/KeyValue.ts"
import type { Row } from "./rows/row.ts"
import type { ViewBehind, ViewRebuilding } from "./viewErrors.ts"
import { ViewHealth } from "./ViewHealth.ts"
import { startViewProcessor } from "./viewProcessor.ts"
import { viewReader } from "./viewReader.ts"

export { ViewBehind, ViewRebuilding } from "./viewErrors.ts"

type ViewFailure = ViewBehind | ViewRebuilding | StoreUnavailable | LogUnavailable

/** A row and its age: more than 0 only while the store is not reachable, and the row is read from a cache. */
export interface RowResult<V extends Slice.View<any, any>> {
  readonly row: Row<V>
  readonly ageMillis: number
  /** How many events the row lacks because the view could not apply them; absent if it lacks none. */
  readonly deadLetters?: number
}

/** The read models of a board. */
export class Views extends Context.Service<
  Views,
  {
    /** The current row that `about` names; with `after`, once the view has reached that position of the log. */
    read<V extends Slice.View<any, any>>(
      view: V,
      about: Key.Of<V["key"]>,
      after?: number
    ): Effect.Effect<RowResult<V>, ViewFailure | Key.InvalidKey>
    /** The same without its age. */
    get<V extends Slice.View<any, any>>(
      view: V,
      about: Key.Of<V["key"]>,
      after?: number
    ): Effect.Effect<Row<V>, ViewFailure | Key.InvalidKey>
    /** Waits until a view has reached a position of the log; answers with the position that it has. */
    waitForPosition(view: Slice.View<any, any>, after: number): Effect.Effect<number, ViewFailure>
  }
>()("layers/views/Views") {}

export const layer = (board: Board.Any) =>
  Layer.effectContext(
    Effect.gen(function* () {
      const views = Board.views(board)
      const readers = new Map(
        yield* Effect.forEach(views, (view) =>
          Effect.map(
            Effect.flatMap(startViewProcessor(board, view), (processor) => viewReader(view, processor)),
            (reader) => [view, reader] as const
          )
        )
      )
      const read: Views["Service"]["read"] = (view, about, after) => readers.get(view)!.read(about, after)
      const health: ViewHealth["Service"] = {
        states: Effect.sync(() => new Map(Array.from(readers, ([view, { state }]) => [view.shows.name, state()]))),
        listVerified: (view, list) => readers.get(view)!.listVerified(list),
        deadLetters: (view) => readers.get(view)!.deadLetters,
        dismissedPositions: (view) => readers.get(view)!.dismissedPositions()
      }
      return Context.make(Views, {
        read,
        get: (view, about, after) => Effect.map(read(view, about, after), ({ row }) => row),
        waitForPosition: (view, after) => readers.get(view)!.waitForPosition(after)
      }).pipe(Context.add(ViewHealth, health))
    })
  )
