import { Context, Data, Effect } from "effect"

/** So many commands were rejected that this one is not written to the audit. Nothing was changed; it may be retried. */
export class TooManyRejections extends Data.TaggedError("TooManyRejections")<{
  /** Whose limit of rejections is exceeded. */
  readonly scope: "caller" | "event stream"
  readonly retryAfterSeconds: number
}> {
  override get message() {
    return `Too many commands of one ${this.scope} were rejected. Nothing was changed; try again in ${this.retryAfterSeconds} s.`
  }
}

/**
 * Checked with the event stream of a command before its rejection or lack of events is written to the audit. An adapter
 * that accepts commands from outside provides it for each of them; automations have no limit.
 */
export const RejectionLimit = Context.Reference<(streamId: string) => Effect.Effect<void, TooManyRejections>>(
  "layers/RejectionLimit",
  { defaultValue: () => () => Effect.void }
)
