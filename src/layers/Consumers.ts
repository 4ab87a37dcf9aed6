import type { Array, Effect } from "effect"
import { Context } from "effect"
import type { LogUnavailable, Read } from "./EventLog.ts"

/** A durable reader of the log: its name, and the types of fact it takes. */
export interface Subscription {
  readonly name: string
  readonly types: ReadonlyArray<string>
}

/** Durable delivery of facts to the parts of the board that follow the log. */
export class Consumers extends Context.Service<
  Consumers,
  {
    /**
     * Hands everything of these types to `handle`, in the log's order, in batches of whatever is there, readable or not.
     * A batch counts as taken once `handle` succeeds, and the next run goes on behind it; until then it is handed over
     * again, so facts may come twice but never out of order. Of several runs of one name, in any process, one is active.
     * Never ends. `from` tells the position up to which the caller knows that everything was taken, if it does: what is
     * newer is handed over even if it was acknowledged, what is older is not even if the server has forgotten. It is asked
     * at the start, and when this run takes over from another.
     */
    run<E, R>(
      subscription: Subscription,
      handle: (batch: Array.NonEmptyReadonlyArray<Read>) => Effect.Effect<void, E, R>,
      from?: Effect.Effect<number | undefined, E, R>
    ): Effect.Effect<never, E | LogUnavailable, R>
    /** How many facts of these types it has not taken yet. */
    lag(subscription: Subscription): Effect.Effect<number, LogUnavailable>
    /** The position up to which it has taken everything. */
    position(subscription: Subscription): Effect.Effect<number, LogUnavailable>
  }
>()("layers/Consumers") {}
