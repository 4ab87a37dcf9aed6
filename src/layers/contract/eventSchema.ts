import { Schema } from "effect"

const Position = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/**
 * A message of the log as a CloudEvent in structured mode. Of a fact that the board knows every attribute is there. Of
 * anything else there is what it says of itself, and `unknown`: why the board cannot read it.
 */
export const EventView = Schema.Struct({
  specversion: Schema.Literal("1.0"),
  id: Schema.String,
  source: Schema.String.annotate({ description: "`/hotel/BookRoom`: the board and the command" }),
  type: Schema.String,
  subject: Schema.optionalKey(Schema.String.annotate({ description: "The place: `room-night/1_2022-12-12`" })),
  time: Schema.String.annotate({ format: "date-time" }),
  datacontenttype: Schema.optionalKey(Schema.String),
  dataschema: Schema.optionalKey(Schema.String),
  correlationid: Schema.optionalKey(Schema.String),
  causationid: Schema.optionalKey(Schema.String),
  commandid: Schema.optionalKey(Schema.String),
  actor: Schema.optionalKey(Schema.String),
  traceparent: Schema.optionalKey(Schema.String),
  position: Position.annotate({ description: "In the log" }),
  natssubject: Schema.String.annotate({ description: "`hotel.room-night.booking.1_2022-12-12.room-booked`" }),
  lane: Schema.optionalKey(Schema.String.annotate({ description: "The lane's stream, if the board knows it" })),
  unknown: Schema.optionalKey(Schema.String.annotate({ description: "Why the board cannot read this" })),
  voided: Schema.optionalKey(
    Schema.Struct({ reason: Schema.String, by: Schema.String, time: Schema.String }).annotate({
      description: "An operator has declared it void: nobody reads it any more"
    })
  ),
  dismissed: Schema.optionalKey(
    Schema.NonEmptyArray(
      Schema.Struct({ consumer: Schema.String, reason: Schema.String, by: Schema.String, time: Schema.String })
    ).annotate({
      description: "Views and automations that pass over it, since an operator dismissed their dead letter"
    })
  ),
  data: Schema.Json
}).annotate({ identifier: "Seen" })
export type EventView = typeof EventView.Type

/** How often a type of fact stands in the log, up to some position. */
export const Count = Schema.Struct({
  count: Schema.Int,
  position: Position.annotate({ description: "Of its newest; 0 if there is none" }),
  time: Schema.NullOr(Schema.String).annotate({ description: "Of its newest" })
}).annotate({ identifier: "Count" })
export type Count = typeof Count.Type

/** What `/events` sends instead of facts when these are too many: how the types that changed stand now. */
export const Counts = Schema.Struct({
  since: Position.annotate({ description: "Behind this position" }),
  position: Position.annotate({ description: "Up to this one, which is also the event's id" }),
  types: Schema.Record(Schema.String, Count).annotate({ description: "Totals, not differences" })
}).annotate({ identifier: "Counts" })
export type Counts = typeof Counts.Type

/** What `/events` sends first to a client that comes back with a position of another log: all it knows is of that one. */
export const Reset = Schema.Struct({
  log: Schema.String.annotate({ description: "The name of the log that there is now" }),
  position: Position.annotate({ description: "Its newest; the stream goes on behind it" })
}).annotate({ identifier: "Reset" })
export type Reset = typeof Reset.Type

/** A page of `/facts`, newest first. */
export const EventPage = Schema.Struct({
  facts: Schema.Array(EventView),
  next: Schema.NullOr(Position).annotate({
    description: "Ask with `before` set to this for what is older; null: there is nothing"
  })
}).annotate({ identifier: "FactsPage" })
export type EventPage = typeof EventPage.Type

/** A command that is part of a story, and the facts it left. */
export const CausationStep = Schema.Struct({
  command: Schema.String,
  commandId: Schema.String,
  actor: Schema.String,
  time: Schema.String,
  place: Schema.String,
  causedBy: Schema.NullOr(Position).annotate({
    description: "The position of the fact that it answers; null: somebody asked for it, or see `complete`"
  }),
  facts: Schema.Array(EventView)
}).annotate({ identifier: "Step" })
export type CausationStep = typeof CausationStep.Type

/** Why a fact is there: everything of the same correlation, and what caused it, in the log's order. */
export const Causation = Schema.Struct({
  position: Position,
  correlationId: Schema.String,
  steps: Schema.Array(CausationStep),
  chain: Schema.Array(Position).annotate({
    description: "From the first fact that led here, by causation, to this one"
  }),
  looked: Schema.Struct({ from: Position, upTo: Position }).annotate({
    description: "The stretch of the log that was searched"
  }),
  complete: Schema.Boolean.annotate({ description: "false: a cause was not found, or there are more steps than shown" })
}).annotate({ identifier: "Why" })
export type Causation = typeof Causation.Type
