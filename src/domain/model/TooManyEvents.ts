import { Data } from "effect"

/** Events that one command may emit: the limit of JetStream's atomic batches. */
export const maxEvents = 1_000

/** The command emits more events than can be stored together. */
export class TooManyEvents extends Data.TaggedError("TooManyEvents")<{
  readonly command: string
  readonly count: number
}> {
  readonly max = maxEvents
  override get message() {
    return (
      `too many events in one command (${this.count}; at most ${maxEvents.toLocaleString("en-US")}): ` +
      `${this.command} was not executed. Ask for less at a time, or let the command emit fewer events.`
    )
  }
}
