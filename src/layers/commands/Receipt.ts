import { Schema } from "effect"
import type { Board } from "#domain/model/index.ts"
import { type EventMetadata, isOriginal, type RecordedEvent } from "#layers/services/RecordedEvent.ts"

const Position = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** The events that a command appended; none if it had nothing to do. */
export const Receipt = Schema.Struct({
  stream: Schema.String.annotate({ description: "The JetStream stream of the log" }),
  seq: Position.annotate({ description: "The position in the log of the event stream's newest event" }),
  duplicate: Schema.Boolean.annotate({ description: "This command ran before; this is its first receipt" }),
  correlationId: Schema.String,
  facts: Schema.Array(
    Schema.Struct({ id: Schema.String, type: Schema.String, subject: Schema.String, position: Position })
  )
}).annotate({ identifier: "Receipt" })
export type Receipt = typeof Receipt.Type

/** The receipt of these stored events, which are in the order of the log. Copies in further boundaries are left out. */
export const receiptOf = (
  board: Board.Any,
  { correlationId }: Pick<EventMetadata, "correlationId">,
  stored: ReadonlyArray<RecordedEvent>,
  duplicate: boolean
): Receipt => {
  const events = stored.filter(isOriginal)
  return {
    stream: board.name,
    seq: events.at(-1)?.position ?? 0,
    duplicate,
    correlationId,
    facts: events.map(({ id, event, subject, position }) => ({ id, type: event._tag, subject, position }))
  }
}
