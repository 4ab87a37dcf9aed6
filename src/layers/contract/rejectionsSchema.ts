import { Schema } from "effect"

/** Of one command: how often it was rejected, and the newest rejection. */
export const CommandRejections = Schema.Struct({
  count: Schema.Int.annotate({ description: "Rejections that the audit keeps" }),
  last: Schema.NullOr(
    Schema.Struct({
      type: Schema.String.annotate({ description: "`RoomAlreadyBooked`" }),
      place: Schema.String.annotate({ description: "What it would have changed: `room-night/1_2022-12-12`" }),
      actor: Schema.String,
      time: Schema.String.annotate({ format: "date-time" }),
      correlationid: Schema.String
    })
  ).annotate({ description: "null: it is not among the newest rejections in the audit" })
}).annotate({ identifier: "Rejected" })
export type CommandRejections = typeof CommandRejections.Type

const byCommand = Schema.Record(Schema.String, CommandRejections)

/** As part of `Operations`: every command of the board. */
export const RejectionsByCommand = Schema.NullOr(byCommand).annotate({
  description: "Every command of the board by name; null: not known"
})

/** What `/events` sends when commands were rejected: how these stand now. */
export const Rejections = Schema.Struct({
  commands: byCommand.annotate({ description: "Commands with a rejection since. Totals, not differences" })
}).annotate({ identifier: "Rejections" })
export type Rejections = typeof Rejections.Type
