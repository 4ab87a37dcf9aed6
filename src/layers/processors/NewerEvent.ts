import { Data } from "effect"
import type { UndecodableEvent } from "#layers/services/EventLog.ts"

export const newerEventTag = "NewerEvent"

/** An event in a shape that this process does not know yet. It is no dead letter: an instance with newer code processes it. */
export class NewerEvent extends Data.TaggedError(newerEventTag)<{ readonly event: UndecodableEvent }> {
  override get message() {
    const { position, reason } = this.event
    return `it waits at position ${position}: ${reason}. Update this instance; those with the newer code go on.`
  }
}
