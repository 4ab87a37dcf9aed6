import { Predicate } from "effect"
import { errorMessage } from "#layers/services/errorMessage.ts"

/** Begins a reason that is what the code of a board threw: its words are for operators, who find them in the app's log. */
export const thrownPrefix = "its code threw an error"

/** Why something could not be taken: an error that is declared says so itself; of any other it is said that it was thrown. */
export const failureReason = (error: unknown): string =>
  Predicate.hasProperty(error, "_tag") ? errorMessage(error) : `${thrownPrefix}: ${errorMessage(error)}`
