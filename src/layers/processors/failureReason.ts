import { Predicate } from "effect"
import { errorMessage } from "#layers/services/errorMessage.ts"

/** The prefix of a reason that the code of a board threw: its text is only for operators, who find it in the app's log. */
export const thrownPrefix = "its code threw an error"

/** Why an event could not be processed: the message of a declared error, or with `thrownPrefix` of any other. */
export const failureReason = (error: unknown): string =>
  Predicate.hasProperty(error, "_tag") ? errorMessage(error) : `${thrownPrefix}: ${errorMessage(error)}`
