import { Data, Option, Schema } from "effect"
import { Dismissal, Parked } from "#layers/contract/deadLetterSchema.ts"

/** As the bucket has it: once it is dismissed it is no dead letter any more, and its follower passes over the event. */
const StoredDeadLetter = Schema.Struct({ ...Parked.fields, dismissed: Schema.optionalKey(Dismissal) })
export type Kept = typeof StoredDeadLetter.Type

/** What is to be parked. */
export type NewDeadLetter = Omit<Parked, "id" | "since">

/** Nothing is parked under this id; somebody may have retried or dismissed it before. */
export class DeadLetterNotFound extends Data.TaggedError("DeadLetterNotFound")<{ readonly id: string }> {
  override get message() {
    return `Nothing is parked as ${this.id}. See GET /operations/parked for what is.`
  }
}

/** It still cannot be taken. */
export class RetryFailed extends Data.TaggedError("RetryFailed")<{ readonly id: string; readonly reason: string }> {
  override get message() {
    return `${this.id} still cannot be taken: ${this.reason}`
  }
}

/** Only the first dead letter of an event stream can be dismissed: what waits behind it was never tried. */
export class DeadLetterBlocked extends Data.TaggedError("DeadLetterBlocked")<{
  readonly id: string
  readonly first: string
}> {
  override get message() {
    return `${this.id} waits behind ${this.first}, an earlier dead letter of its event stream. Retry or dismiss that first.`
  }
}

/** What it is called in the bucket. */
export const deadLetterId = ({ by, position }: Pick<Parked, "by" | "position">) => `${by}.${position}`

const jsonCodec = Schema.fromJsonString(StoredDeadLetter)
const decodeJson = Schema.decodeUnknownOption(jsonCodec)
const encodeJson = Schema.encodeSync(jsonCodec)

/** Characters of a reason that are kept: an error may carry the whole row, which the bucket would refuse. */
const maxReasonLength = 4_000

export const encodeDeadLetter = (letter: Kept): string =>
  encodeJson({ ...letter, reason: letter.reason.slice(0, maxReasonLength) })

/** What is kept under a key of the bucket, if it is that. */
export const decodeDeadLetter = (key: string, text: string): Option.Option<Kept> =>
  Option.filter(decodeJson(text), (letter) => letter.id === key && deadLetterId(letter) === key)

/** The reason of a dead letter that is only blocked. */
export const waits = "it waits for an earlier fact of its place"
