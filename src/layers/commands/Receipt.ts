import { Schema } from "effect"
import type { Board } from "#domain/model/index.ts"
import type { EventMetadata, RecordedEvent } from "#layers/services/RecordedEvent.ts"

const Position = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** What a command left in the log, or that it had nothing to do. */
export const Receipt = Schema.Struct({
  stream: Schema.String.annotate({ description: "The log's stream" }),
  seq: Position.annotate({ description: "The position in the log that the place stands at now" }),
  duplicate: Schema.Boolean.annotate({ description: "This command was done before; this is its first answer" }),
  correlationId: Schema.String,
  facts: Schema.Array(
    Schema.Struct({ id: Schema.String, type: Schema.String, subject: Schema.String, position: Position })
  )
}).annotate({ identifier: "Receipt" })
export type Receipt = typeof Receipt.Type

/** The receipt for these events, in the order of the log. */
export const receiptOf = (
  board: Board.Any,
  { correlationId }: Pick<EventMetadata, "correlationId">,
  events: ReadonlyArray<RecordedEvent>,
  duplicate: boolean
): Receipt => ({
  stream: board.name,
  seq: events.at(-1)?.position ?? 0,
  duplicate,
  correlationId,
  facts: events.map(({ id, event, subject, position }) => ({ id, type: event._tag, subject, position }))
})
