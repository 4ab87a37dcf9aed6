import type { Array, Effect } from "effect"
import { Context } from "effect"
import type { LogUnavailable, LogEntry } from "./EventLog.ts"
import type { StoreUnavailable } from "./KeyValue.ts"

/** A durable reader of the log: its name, and the types of fact it takes. */
export interface Subscription {
  readonly name: string
  readonly types: ReadonlyArray<string>
  /** Where its position in the log is stored. */
  readonly checkpoint: { readonly bucket: string; readonly key: string }
}

/** Durable delivery of facts to the parts of the board that follow the log. */
export class Consumers extends Context.Service<
  Consumers,
  {
    /**
     * Hands every event of these types to `handle`, readable or not, in the log's order, in batches of what is there. The
     * next batch follows when `handle` has succeeded; when it fails, so does the run. Of several runs of one name, in any
     * process, one is active. Never ends.
     *
     * `from` reads the checkpoint: the position up to which everything was taken, 0 or undefined for none. It alone decides
     * where a run begins, and where it goes on when it takes over from another; the caller advances it within `handle`, or
     * soon after. Behind it, events may come twice but never out of order. Without `from` the run reads and advances the
     * subscription's checkpoint itself, after each batch.
     */
    run<E, R>(
      subscription: Subscription,
      handle: (batch: Array.NonEmptyReadonlyArray<LogEntry>) => Effect.Effect<void, E, R>,
      resumeFrom?: Effect.Effect<number | undefined, E, R>
    ): Effect.Effect<never, E | LogUnavailable | StoreUnavailable, R>
    /**
     * How many events of these types the log has behind the subscription's checkpoint. 0 exactly if there are none; exact
     * up to 500 positions behind, else the number of positions, so an upper bound. Fails when the checkpoint is ahead of
     * the log.
     */
    lag(subscription: Subscription): Effect.Effect<number, LogUnavailable | StoreUnavailable>
    /** The position of the subscription's checkpoint: it has taken everything up to there. 0 if there is none. */
    position(subscription: Subscription): Effect.Effect<number, LogUnavailable | StoreUnavailable>
  }
>()("layers/Consumers") {}
