import { Context, type Effect } from "effect"
import type { Slice } from "#domain/model/index.ts"
import type { ListResult, StoreUnavailable } from "#layers/services/KeyValue.ts"
import type { RowDeadLetters } from "./rows/rowDeadLetters.ts"
import type { ViewState } from "./viewProgress.ts"

/** Which rows can be shown, and which events they lack. */
export class ViewHealth extends Context.Service<
  ViewHealth,
  {
    /** The state of each view, by its name. */
    readonly states: Effect.Effect<ReadonlyMap<string, ViewState>>
    /**
     * A list of rows, after rows that another client changed are restored. Rows that are not restored within 5 s are left out.
     */
    listVerified(
      view: Slice.View<any, any>,
      list: Effect.Effect<ListResult, StoreUnavailable>
    ): Effect.Effect<ListResult, StoreUnavailable>
    /** The events that rows lack because the view could not apply them. */
    deadLetters(view: Slice.View<any, any>): Effect.Effect<RowDeadLetters>
    /** Positions that the view skips because an operator dismissed their dead letters. */
    dismissedPositions(view: Slice.View<any, any>): ReadonlySet<number>
  }
>()("layers/views/ViewHealth") {}
