import { Schema } from "effect"

const Position = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/**
 * A message of the log as a CloudEvent in structured mode. An event that the board can read has every attribute. Another
 * message has the attributes that are in it, and `unknown`: why the board cannot read it.
 */
export const EventView = Schema.Struct({
  specversion: Schema.Literal("1.0"),
  id: Schema.String,
  source: Schema.String.annotate({ description: "`/hotel/BookRoom`: the board and the command" }),
  type: Schema.String,
  subject: Schema.optionalKey(Schema.String.annotate({ description: "The event stream: `room-night/1_2022-12-12`" })),
  time: Schema.String.annotate({ format: "date-time" }),
  datacontenttype: Schema.optionalKey(Schema.String),
  dataschema: Schema.optionalKey(Schema.String),
  correlationid: Schema.optionalKey(Schema.String),
  causationid: Schema.optionalKey(Schema.String),
  commandid: Schema.optionalKey(Schema.String),
  actor: Schema.optionalKey(Schema.String),
  authid: Schema.optionalKey(Schema.String),
  traceparent: Schema.optionalKey(Schema.String),
  copyof: Schema.optionalKey(
    Schema.String.annotate({ description: "The id of the event that this is a copy of, in a further boundary" })
  ),
  foundin: Schema.optionalKey(
    Schema.Array(Schema.String).annotate({
      description: "The event streams in which it is found, its own first, if its lane has further boundaries"
    })
  ),
  position: Position.annotate({ description: "In the log" }),
  natssubject: Schema.String.annotate({ description: "`hotel.room-night.booking.1_2022-12-12.room-booked`" }),
  lane: Schema.optionalKey(Schema.String.annotate({ description: "The lane's stream, if the board knows it" })),
  check: Schema.optionalKey(
    Schema.Literal(true).annotate({
      description: "No event: a message for a guard of the command before it, which had more guards than events"
    })
  ),
  unknown: Schema.optionalKey(Schema.String.annotate({ description: "Why the board cannot read this" })),
  voided: Schema.optionalKey(
    Schema.Struct({ reason: Schema.String, by: Schema.String, time: Schema.String }).annotate({
      description: "An operator has voided it: it is ignored by commands, views and automations"
    })
  ),
  dismissed: Schema.optionalKey(
    Schema.Array(
      Schema.Struct({ consumer: Schema.String, reason: Schema.String, by: Schema.String, time: Schema.String })
    )
      .check(Schema.isMinLength(1))
      .annotate({
        description: "Views and automations that skip it, because an operator dismissed their dead letter"
      })
  ),
  data: Schema.Json
}).annotate({ identifier: "Seen" })
export type EventView = typeof EventView.Type

/** The number of events of one type in the log. */
export const Count = Schema.Struct({
  count: Schema.Int,
  position: Position.annotate({ description: "Of the newest event; 0 if there is none" }),
  time: Schema.NullOr(Schema.String).annotate({ description: "Of the newest event; null if there is none" })
}).annotate({ identifier: "Count" })
export type Count = typeof Count.Type

/** Sent by `/events` instead of events when these are too many: the current totals of the types that changed. */
export const Counts = Schema.Struct({
  since: Position.annotate({ description: "Counts changed after this position" }),
  position: Position.annotate({ description: "Up to this one, which is also the event's id" }),
  types: Schema.Record(Schema.String, Count).annotate({ description: "Totals, not differences" })
}).annotate({ identifier: "Counts" })
export type Counts = typeof Counts.Type

/** Sent first by `/events` to a client that reconnects with a position of another log: its state is of that other log. */
export const Reset = Schema.Struct({
  log: Schema.String.annotate({ description: "The name of the current log" }),
  position: Position.annotate({ description: "Its last position; the stream continues after it" })
}).annotate({ identifier: "Reset" })
export type Reset = typeof Reset.Type

/** A page of `/facts`, newest first. */
export const EventPage = Schema.Struct({
  facts: Schema.Array(EventView),
  next: Schema.NullOr(Position).annotate({
    description: "Set `before` to this for older events; null: there are none"
  })
}).annotate({ identifier: "FactsPage" })
export type EventPage = typeof EventPage.Type

/** A command of a causation, and the events that it appended. */
export const CausationStep = Schema.Struct({
  command: Schema.String,
  commandId: Schema.String,
  actor: Schema.String,
  time: Schema.String,
  place: Schema.String,
  causedBy: Schema.NullOr(Position).annotate({
    description: "The position of the event that caused it; null: it was requested directly, or see `complete`"
  }),
  facts: Schema.Array(EventView)
}).annotate({ identifier: "Step" })
export type CausationStep = typeof CausationStep.Type

/** The causation of an event: the commands and events of its correlation and their causes, in the log's order. */
export const Causation = Schema.Struct({
  position: Position,
  correlationId: Schema.String,
  steps: Schema.Array(CausationStep),
  chain: Schema.Array(Position).annotate({
    description: "Positions from the first cause to this event, by causation"
  }),
  looked: Schema.Struct({ from: Position, upTo: Position }).annotate({
    description: "The range of the log that was searched"
  }),
  complete: Schema.Boolean.annotate({ description: "false: a cause was not found, or there are more steps than shown" })
}).annotate({ identifier: "Why" })
export type Causation = typeof Causation.Type
