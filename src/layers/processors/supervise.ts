import { Cause, Effect } from "effect"
import { errorMessage } from "#layers/services/errorMessage.ts"
import { cappedBackoff } from "#layers/timing/cappedBackoff.ts"
import { failureReason } from "./failureReason.ts"
import { trackErrors, recordError } from "./ProcessorErrors.ts"

/** Between one try and the next of whatever follows the log. */
export const backOff = cappedBackoff("200 millis", "2 seconds")

/** Tries until it is done, with growing pauses, and says why it was not. */
export const retryForever = <A, E extends { readonly message: string }, R>(
  name: string,
  effect: Effect.Effect<A, E, R>
) =>
  trackErrors(name, effect).pipe(
    Effect.tapError(({ message }) => Effect.logWarning(`${name} tries again: ${message}`)),
    Effect.retry(backOff)
  )

/**
 * Runs something that never ends, in the scope; when it fails or breaks, says why, and begins again with growing pauses.
 */
export const supervise = <E, R>(name: string, run: Effect.Effect<never, E, R>) =>
  run.pipe(
    Effect.tapCause((cause) =>
      Cause.hasInterrupts(cause)
        ? Effect.void
        : Effect.andThen(
            Effect.logWarning(`${name} begins again: ${errorMessage(Cause.squash(cause))}`),
            recordError(name, failureReason(Cause.squash(cause)))
          )
    ),
    Effect.sandbox,
    Effect.retry({ schedule: backOff, while: (cause) => !Cause.hasInterrupts(cause) }),
    Effect.forkScoped
  )
