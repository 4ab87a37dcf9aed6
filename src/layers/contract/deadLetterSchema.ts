import { Schema } from "effect"

/** A dead letter: an event that a view or an automation could not process, or that an earlier one of its stream blocks. */
export const DeadLetter = Schema.Struct({
  id: Schema.String,
  by: Schema.String.annotate({ description: "The consumer that could not process it" }),
  place: Schema.String,
  position: Schema.Int.annotate({ description: "In the log" }),
  type: Schema.String,
  reason: Schema.String,
  attempts: Schema.Int,
  behind: Schema.Boolean.annotate({
    description: "true: not tried yet, since an earlier dead letter of its event stream blocks it"
  }),
  since: Schema.String.annotate({ format: "date-time" })
}).annotate({ identifier: "Parked" })
export type DeadLetter = typeof DeadLetter.Type

/** Why an operator dismissed a dead letter. */
export const Dismissal = Schema.Struct({
  reason: Schema.String,
  by: Schema.String.annotate({ description: "Who dismissed it" }),
  time: Schema.String.annotate({ format: "date-time" })
})
export type Dismissal = typeof Dismissal.Type

const { by: consumer, id, place, position, type } = DeadLetter.fields

/** A dead letter that an operator dismissed, as the audit records it. */
export const DismissedLetter = Schema.Struct({
  id,
  consumer,
  place,
  position,
  type,
  log: Schema.String.annotate({ description: "The identity of the log that the position belongs to" }),
  cause: Schema.String.annotate({ description: "Why the consumer could not process it" }),
  ...Dismissal.fields
}).annotate({ identifier: "DismissedLetter" })
export type DismissedLetter = typeof DismissedLetter.Type
