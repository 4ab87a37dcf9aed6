import { Context, type Effect } from "effect"
import type { DismissedLetter } from "#layers/contract/deadLetterSchema.ts"
import type { LogFull, LogUnavailable, MessageTooLarge, WriteRejected } from "./EventLog.ts"
import type { DomainEvent, EventMetadata } from "./RecordedEvent.ts"
import type { VoidedPosition } from "./VoidedPositions.ts"

/** A command that left no fact behind: refused, or with nothing to do. Or what an operator voided or dismissed. */
export interface AuditEntry extends EventMetadata {
  readonly id: string
  /** The place it would have changed. */
  readonly streamId: string
  readonly outcome: "refused" | "unchanged" | "voided" | "dismissed"
  readonly rejection?: DomainEvent
  readonly voided?: VoidedPosition
  readonly dismissed?: DismissedLetter
}

/**
 * Who asked for what, and what became of it. Accepted commands are there because their facts are: the server copies them
 * from the log. The others are written here, before they are answered.
 */
export class Audit extends Context.Service<
  Audit,
  { write(entry: AuditEntry): Effect.Effect<void, LogUnavailable | LogFull | MessageTooLarge | WriteRejected> }
>()("layers/Audit") {}
