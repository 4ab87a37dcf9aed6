import { Context, type Effect } from "effect"
import type { Slice } from "#domain/model/index.ts"
import type { ListResult, StoreUnavailable } from "#layers/services/KeyValue.ts"
import type { RowDeadLetters } from "./rowDeadLetters.ts"
import type { ViewState } from "./viewProgress.ts"

/** Which rows can be shown, and what they lack. */
export class ViewHealth extends Context.Service<
  ViewHealth,
  {
    /** How each view stands, by its name. */
    readonly states: Effect.Effect<ReadonlyMap<string, ViewState>>
    /**
     * Rows as they are listed, once those that something else changed are restored. Rows that cannot be restored soon are
     * left out.
     */
    listVerified(
      view: Slice.View<any, any>,
      list: Effect.Effect<ListResult, StoreUnavailable>
    ): Effect.Effect<ListResult, StoreUnavailable>
    /** The events that rows lack because the view could not take them. */
    deadLetters(view: Slice.View<any, any>): Effect.Effect<RowDeadLetters>
    /** Positions that the view passes over, since an operator dismissed them. */
    dismissedPositions(view: Slice.View<any, any>): ReadonlySet<number>
  }
>()("layers/runtime/ViewHealth") {}
