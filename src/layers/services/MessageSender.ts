import { Context, Data, type Effect } from "effect"
import type { MessageTooLarge } from "./EventLog.ts"
import type { DomainEvent, EventMetadata } from "./RecordedEvent.ts"

/** A message that an automation sends to other programs. */
export interface OutgoingMessage extends Pick<
  EventMetadata,
  "actor" | "causationId" | "correlationId" | "time" | "traceparent"
> {
  /** Derived from the event's id: a repetition has the same, so that receivers can drop it. */
  readonly id: string
  readonly message: DomainEvent
  readonly automation: string
  /** The event stream of the event that it is about. */
  readonly streamId: string
}

/** The server did not confirm that it received a message. It may have: the message is sent again, with the same id. */
export class MessageNotConfirmed extends Data.TaggedError("MessageNotConfirmed")<{
  readonly subject: string
  readonly reason: string
}> {
  override get message() {
    return `The server did not confirm the message on ${this.subject}: ${this.reason}. It is sent again with the same id.`
  }
}

/** The server does not permit messages to this subject. */
export class MessageNotPermitted extends Data.TaggedError("MessageNotPermitted")<{
  readonly subject: string
  readonly reason: string
}> {
  override get message() {
    return `The server refused the message on ${this.subject}: ${this.reason}. Permit it to the user of the app, then retry.`
  }
}

/** Sends the messages of automations to their subscribers. Succeeds once the server has the message. */
export class MessageSender extends Context.Service<
  MessageSender,
  { send(message: OutgoingMessage): Effect.Effect<void, MessageNotConfirmed | MessageNotPermitted | MessageTooLarge> }
>()("layers/MessageSender") {}
