import type { Slice } from "#domain/grammar/index.ts"
import { Context, type Effect } from "effect"
import type { Found, StoreUnavailable } from "../KeyValue.ts"
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
    sound(
      view: Slice.View<any, any>,
      list: Effect.Effect<Found, StoreUnavailable>
    ): Effect.Effect<Found, StoreUnavailable>
    /** How many events a row lacks because the view could not take them, by its path. */
    deadLetters(view: Slice.View<any, any>): Effect.Effect<(path: string) => number>
  }
>()("layers/runtime/ViewHealth") {}
