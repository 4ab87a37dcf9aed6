import { Context, Data, Effect } from "effect"

/** So many commands were refused that this one is not written to the audit. Nothing was changed; it may be asked again. */
export class TooManyRejections extends Data.TaggedError("TooManyRejections")<{
  /** Whose refusals there are too many of. */
  readonly scope: "caller" | "event stream"
  /** Seconds after which one more is taken. */
  readonly retryAfterSeconds: number
}> {
  override get message() {
    return `Too many commands of one ${this.scope} were refused. Nothing was changed; try again in ${this.retryAfterSeconds} s.`
  }
}

/**
 * Asked before a command that left no event is written to the audit, with the event stream it would have changed. An
 * adapter that takes commands from outside sets it for each of them; automations have no limit.
 */
export const RejectionLimit = Context.Reference<(streamId: string) => Effect.Effect<void, TooManyRejections>>(
  "layers/RefusalLimit",
  { defaultValue: () => () => Effect.void }
)
