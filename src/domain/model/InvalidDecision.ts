import { Data } from "effect"

/** The `decide` of a command returned a value that the command does not allow. The board has to be changed. */
export class InvalidDecision extends Data.TaggedError("InvalidDecision")<{
  readonly command: string
  /** The event streams that the command guards: `room-night/1_2022-12-12 and guest/7`. */
  readonly guarded: string
  /** The cause and the remedy, in whole sentences. */
  readonly reason: string
}> {
  override get message() {
    return `The command ${this.command} on ${this.guarded} made an invalid decision. ${this.reason} Nothing was written.`
  }
}
