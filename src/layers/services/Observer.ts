import { Context, type Effect } from "effect"
import type { RecordedEvent } from "./RecordedEvent.ts"

/**
 * What the runtime reports about its work while it happens. Callbacks run on the path of each command: they are synchronous,
 * cheap, and throw nothing.
 */
export interface Observations {
  /** An append failed, since an event stream of this boundary had changed; one that was just being changed does not count. */
  readonly onConflict: (boundary: string) => void
  /** A command that guards this boundary is decided again, after a conflict, an outage or a duplicate. */
  readonly onRetry: (boundary: string) => void
  /** One message or one atomic batch went to the log, with the messages of so many appends. */
  readonly onBatch: (messages: number, appends: number) => void
  /**
   * Runs the reaction of an automation to one event, which gets the trace context for what it causes: that of the event, or of a
   * span around the reaction.
   */
  readonly reaction: <A, E, R>(
    automation: string,
    event: RecordedEvent,
    react: (traceparent: string | undefined) => Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E, R>
}

const ignore = () => {}

/** By default nobody observes. */
export const Observer = Context.Reference<Observations>("layers/Observer", {
  defaultValue: () => ({
    onConflict: ignore,
    onRetry: ignore,
    onBatch: ignore,
    reaction: (_automation, { traceparent }, react) => react(traceparent)
  })
})
