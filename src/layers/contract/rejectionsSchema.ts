import { Schema } from "effect"

/** The rejections of one command. */
export const CommandRejections = Schema.Struct({
  count: Schema.Int.annotate({ description: "Rejections in the audit, which drops old ones" }),
  last: Schema.NullOr(
    Schema.Struct({
      type: Schema.String.annotate({ description: "`RoomAlreadyBooked`" }),
      place: Schema.String.annotate({
        description: "The event stream that it would have changed: `room-night/1_2022-12-12`"
      }),
      actor: Schema.String,
      time: Schema.String.annotate({ format: "date-time" }),
      correlationid: Schema.String
    })
  ).annotate({ description: "The newest rejection; null: it is not among the newest rejections in the audit" })
}).annotate({ identifier: "Rejected" })
export type CommandRejections = typeof CommandRejections.Type

const byCommand = Schema.Record(Schema.String, CommandRejections)

export const RejectionsByCommand = Schema.NullOr(byCommand).annotate({
  description: "Every command of the board by name; null: not known"
})

/** Sent by `/events` when commands are rejected: their current totals. */
export const Rejections = Schema.Struct({
  commands: byCommand.annotate({ description: "Commands with new rejections. Totals, not differences" })
}).annotate({ identifier: "Rejections" })
export type Rejections = typeof Rejections.Type
