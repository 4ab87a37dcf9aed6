import { Context, Data, Effect } from "effect"

/** So many commands were refused that this one is not written to the audit. Nothing was changed; it may be asked again. */
export class TooManyRefusals extends Data.TaggedError("TooManyRefusals")<{
  /** Whose refusals there are too many of. */
  readonly of: "caller" | "event stream"
  /** Seconds after which one more is taken. */
  readonly retryAfter: number
}> {
  override get message() {
    return `Too many commands of one ${this.of} were refused. Nothing was changed; try again in ${this.retryAfter} s.`
  }
}

/**
 * Asked before a command that left no event is written to the audit, with the event stream it would have changed. An
 * adapter that takes commands from outside sets it for each of them; automations have no limit.
 */
export const RefusalLimit = Context.Reference<(stream: string) => Effect.Effect<void, TooManyRefusals>>(
  "layers/RefusalLimit",
  { defaultValue: () => () => Effect.void }
)
