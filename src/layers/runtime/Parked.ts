import { Data, Option, Schema } from "effect"

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

/** What is to be parked. */
export type Stuck = Omit<Parked, "id" | "since">

/** Nothing is parked under this id; somebody may have retried it before. */
export class NotParked extends Data.TaggedError("NotParked")<{ readonly id: string }> {
  override get message() {
    return `Nothing is parked as ${this.id}. See GET /operations/parked for what is.`
  }
}

/** It still cannot be taken. */
export class StillStuck extends Data.TaggedError("StillStuck")<{ readonly id: string; readonly reason: string }> {
  override get message() {
    return `${this.id} still cannot be taken: ${this.reason}`
  }
}

/** What it is called in the bucket. */
export const idOf = ({ by, position }: Pick<Parked, "by" | "position">) => `${by}.${position}`

const json = Schema.fromJsonString(Parked)
const parse = Schema.decodeUnknownOption(json)
const encodeJson = Schema.encodeSync(json)

/** Characters of a reason that are kept: an error may carry the whole row, which the bucket would refuse. */
const maxReasonLength = 4_000

export const encode = (parked: Parked): string =>
  encodeJson({ ...parked, reason: parked.reason.slice(0, maxReasonLength) })

/** What is parked under a key of the bucket, if it is that. */
export const decode = (key: string, text: string): Option.Option<Parked> =>
  Option.filter(parse(text), (parked) => parked.id === key && idOf(parked) === key)
