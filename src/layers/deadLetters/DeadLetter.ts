import { Data, type Effect, Option, Schema } from "effect"
import { Dismissal, DeadLetter } from "#layers/contract/deadLetterSchema.ts"

/** An entry of the bucket: with a dismissal it is no dead letter any more, and its processor skips the event. */
const StoredDeadLetter = Schema.Struct({ ...DeadLetter.fields, dismissed: Schema.optionalKey(Dismissal) })
export type StoredDeadLetter = typeof StoredDeadLetter.Type

/** A dead letter that is not stored yet. */
export type NewDeadLetter = Omit<DeadLetter, "id" | "since">

/** Processes the event of a dead letter again; fails with the reason why it cannot. */
export type Retry = (letter: DeadLetter) => Effect.Effect<void, string>

/** An event stream as one processor reads it. */
export type BlockedStream = Pick<DeadLetter, "by" | "place">

/** There is no dead letter with this id; it may have been retried or dismissed before. */
export class DeadLetterNotFound extends Data.TaggedError("DeadLetterNotFound")<{ readonly id: string }> {
  override get message() {
    return `There is no dead letter ${this.id}. GET /operations/parked lists all dead letters.`
  }
}

/** The event still cannot be processed. */
export class RetryFailed extends Data.TaggedError("RetryFailed")<{ readonly id: string; readonly reason: string }> {
  override get message() {
    return `${this.id} still cannot be processed: ${this.reason}`
  }
}

/** Only the first dead letter of an event stream can be dismissed: the events that it blocks were never tried. */
export class DeadLetterBlocked extends Data.TaggedError("DeadLetterBlocked")<{
  readonly id: string
  readonly first: string
}> {
  override get message() {
    return `${this.id} is blocked by ${this.first}, an earlier dead letter of its event stream. Retry or dismiss that first.`
  }
}

/** The key of a dead letter in the bucket. */
export const deadLetterId = ({ by, position }: Pick<DeadLetter, "by" | "position">) => `${by}.${position}`

const jsonCodec = Schema.fromJsonString(StoredDeadLetter)
const decodeJson = Schema.decodeUnknownOption(jsonCodec)
const encodeJson = Schema.encodeSync(jsonCodec)

/** The most characters of a stored reason: an error may contain the whole row, which exceeds the limit of the bucket. */
const maxReasonLength = 4_000

export const encodeDeadLetter = (letter: StoredDeadLetter): string =>
  encodeJson({ ...letter, reason: letter.reason.slice(0, maxReasonLength) })

/** Decodes a value of the bucket; none if it is not the dead letter of its key. */
export const decodeDeadLetter = (key: string, text: string): Option.Option<StoredDeadLetter> =>
  Option.filter(decodeJson(text), (letter) => letter.id === key && deadLetterId(letter) === key)

/** The reason of a dead letter that is only blocked. */
export const blockedReason = "an earlier event of its event stream is a dead letter"
