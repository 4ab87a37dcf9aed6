import type { Array, Effect } from "effect"
import { Context } from "effect"
import type { LogUnavailable, LogEntry } from "./EventLog.ts"
import type { StoreUnavailable } from "./KeyValue.ts"

/** A durable subscription of a processor to events of the log. */
export interface Subscription {
  readonly name: string
  readonly types: ReadonlyArray<string>
  /** Where its position in the log is stored. */
  readonly checkpoint: { readonly bucket: string; readonly key: string }
}

/** Durable delivery of events to the views and automations of a board. */
export class Subscriptions extends Context.Service<
  Subscriptions,
  {
    /**
     * Delivers every event of these types to `handle`, undecodable ones included, in the log's order, in batches of what is
     * available. The next batch follows when `handle` succeeds; when it fails, so does the run. Of several runs of one
     * name, in any process, one is active. Never ends.
     *
     * `resumeFrom` reads the checkpoint: the position up to which all events are processed, 0 or undefined for none. It
     * alone decides where a run begins, also one that takes over from another; the caller advances it within `handle`, or
     * soon after. After the checkpoint, events may be delivered twice but never out of order. Without `resumeFrom` the run
     * reads the subscription's checkpoint itself, and advances it after each batch.
     */
    run<E, R>(
      subscription: Subscription,
      handle: (batch: Array.NonEmptyReadonlyArray<LogEntry>) => Effect.Effect<void, E, R>,
      resumeFrom?: Effect.Effect<number | undefined, E, R>
    ): Effect.Effect<never, E | LogUnavailable | StoreUnavailable, R>
    /**
     * The number of events of these types after the subscription's checkpoint. Exact up to a distance of 500 positions;
     * beyond, the number of positions, an upper bound. 0 exactly if there are none. Fails if the checkpoint is ahead of
     * the log.
     */
    lag(subscription: Subscription): Effect.Effect<number, LogUnavailable | StoreUnavailable>
    /** The position of the subscription's checkpoint, up to which all events are processed; 0 if there is none. */
    position(subscription: Subscription): Effect.Effect<number, LogUnavailable | StoreUnavailable>
  }
>()("layers/Subscriptions") {}
