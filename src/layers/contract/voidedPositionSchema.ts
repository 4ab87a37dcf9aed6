import { Schema } from "effect"

/** A position of the log that an operator has declared void: every reader of the log treats it as absent. */
export const VoidedPosition = Schema.Struct({
  position: Schema.Int.annotate({ description: "In the log" }),
  log: Schema.String.annotate({ description: "The identity of the log; the position means nothing in another" }),
  subject: Schema.String.annotate({ description: "Of the message that the board cannot read" }),
  reason: Schema.String,
  by: Schema.String.annotate({ description: "Who declared it void" }),
  time: Schema.String.annotate({ format: "date-time" })
}).annotate({ identifier: "VoidedPosition" })
export type VoidedPosition = typeof VoidedPosition.Type
