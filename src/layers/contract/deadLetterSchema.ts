import { Schema } from "effect"

/** A fact that a follower of the log could not take, or that waits behind such a one in the same place. */
export const Parked = Schema.Struct({
  id: Schema.String,
  by: Schema.String.annotate({ description: "The consumer that could not take it" }),
  place: Schema.String,
  position: Schema.Int.annotate({ description: "Where it stands in the log" }),
  type: Schema.String,
  reason: Schema.String,
  attempts: Schema.Int,
  behind: Schema.Boolean.annotate({ description: "It only waits for an earlier one of its place" }),
  since: Schema.String.annotate({ format: "date-time" })
}).annotate({ identifier: "Parked" })
export type Parked = typeof Parked.Type

/** Why an operator had a follower give up a dead letter. */
export const Dismissal = Schema.Struct({
  reason: Schema.String,
  by: Schema.String.annotate({ description: "Who dismissed it" }),
  time: Schema.String.annotate({ format: "date-time" })
})
export type Dismissal = typeof Dismissal.Type

const { by: consumer, id, place, position, type } = Parked.fields

/** A dead letter that an operator had its follower give up, as the audit has it. */
export const DismissedLetter = Schema.Struct({
  id,
  consumer,
  place,
  position,
  type,
  log: Schema.String.annotate({ description: "The identity of the log; the position means nothing in another" }),
  cause: Schema.String.annotate({ description: "Why the consumer could not take it" }),
  ...Dismissal.fields
}).annotate({ identifier: "DismissedLetter" })
export type DismissedLetter = typeof DismissedLetter.Type
