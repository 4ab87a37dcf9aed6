import { Data, Option, Schema } from "effect"
import { Dismissal, Parked } from "#layers/contract/deadLetterSchema.ts"

/** As the bucket has it: once it is dismissed it is no dead letter any more, and its follower passes over the event. */
const Kept = Schema.Struct({ ...Parked.fields, dismissed: Schema.optionalKey(Dismissal) })
export type Kept = typeof Kept.Type

/** What is to be parked. */
export type Stuck = Omit<Parked, "id" | "since">

/** Nothing is parked under this id; somebody may have retried or dismissed it before. */
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

/** Only the first dead letter of an event stream can be dismissed: what waits behind it was never tried. */
export class WaitsBehind extends Data.TaggedError("WaitsBehind")<{ readonly id: string; readonly first: string }> {
  override get message() {
    return `${this.id} waits behind ${this.first}, an earlier dead letter of its event stream. Retry or dismiss that first.`
  }
}

/** What it is called in the bucket. */
export const idOf = ({ by, position }: Pick<Parked, "by" | "position">) => `${by}.${position}`

const json = Schema.fromJsonString(Kept)
const parse = Schema.decodeUnknownOption(json)
const encodeJson = Schema.encodeSync(json)

/** Characters of a reason that are kept: an error may carry the whole row, which the bucket would refuse. */
const maxReasonLength = 4_000

export const encode = (kept: Kept): string => encodeJson({ ...kept, reason: kept.reason.slice(0, maxReasonLength) })

/** What is kept under a key of the bucket, if it is that. */
export const decode = (key: string, text: string): Option.Option<Kept> =>
  Option.filter(parse(text), (kept) => kept.id === key && idOf(kept) === key)

/** The reason of a dead letter that is only blocked. */
export const waits = "it waits for an earlier fact of its place"
