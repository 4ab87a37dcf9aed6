import { Context, type Effect } from "effect"
import type { DismissedLetter } from "#layers/contract/deadLetterSchema.ts"
import type { VoidedPosition } from "#layers/contract/voidedPositionSchema.ts"
import type { LogFull, LogUnavailable, MessageTooLarge, WriteRejected } from "./EventLog.ts"
import type { DomainEvent, EventMetadata } from "./RecordedEvent.ts"

/** A command without events, because it was rejected or had nothing to do, or the voiding or dismissal by an operator. */
export interface AuditEntry extends EventMetadata {
  readonly id: string
  /** The event stream it would have changed. */
  readonly streamId: string
  readonly outcome: "refused" | "unchanged" | "voided" | "dismissed"
  readonly rejection?: DomainEvent
  readonly voided?: VoidedPosition
  readonly dismissed?: DismissedLetter
}

/**
 * All commands with their actors and outcomes. The server copies the events of accepted commands from the log into the
 * audit; the other outcomes are written here, before the command is answered.
 */
export class Audit extends Context.Service<
  Audit,
  { write(entry: AuditEntry): Effect.Effect<void, LogUnavailable | LogFull | MessageTooLarge | WriteRejected> }
>()("layers/Audit") {}
