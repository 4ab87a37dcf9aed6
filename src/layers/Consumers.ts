import type { Array, Effect } from "effect"
import { Context } from "effect"
import type { LogUnavailable, Unreadable } from "./EventLog.ts"
import type { Recorded } from "./Fact.ts"

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
     * Hands every fact of these types to `handle`, in the log's order, in batches of whatever is there. A batch counts
     * as taken once `handle` succeeds, and the next run goes on behind it; until then it is handed over again, so facts
     * may come twice but never out of order. Of several runs of one name, in any process, one is active. Never ends.
     * `from` is a position up to which the caller has taken everything already, by itself.
     */
    run<E, R>(
      subscription: Subscription,
      handle: (batch: Array.NonEmptyReadonlyArray<Recorded>) => Effect.Effect<void, E, R>,
      from?: number
    ): Effect.Effect<never, E | LogUnavailable | Unreadable, R>
    /** How many facts of these types it has not taken yet. */
    lag(subscription: Subscription): Effect.Effect<number, LogUnavailable>
    /** The position up to which it has taken everything. */
    position(subscription: Subscription): Effect.Effect<number, LogUnavailable>
  }
>()("layers/Consumers") {}
