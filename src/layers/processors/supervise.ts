import { Cause, Effect } from "effect"
import { errorMessage } from "#layers/services/errorMessage.ts"
import { cappedBackoff } from "#layers/timing/cappedBackoff.ts"
import { failureReason } from "./failureReason.ts"
import { trackErrors, recordError } from "./ProcessorErrors.ts"

/** The retry delays of processors. */
export const backOff = cappedBackoff("200 millis", "2 seconds")

/** Retries an effect with backoff until it succeeds; logs and records its errors. */
export const retryForever = <A, E extends { readonly message: string }, R>(
  name: string,
  effect: Effect.Effect<A, E, R>
) =>
  trackErrors(name, effect).pipe(
    Effect.tapError(({ message }) => Effect.logWarning(`${name} retries: ${message}`)),
    Effect.retry(backOff)
  )

/**
 * Runs an effect that never ends in the scope. After a failure or defect it is restarted with backoff, and the cause is
 * logged and recorded.
 */
export const supervise = <E, R>(name: string, run: Effect.Effect<never, E, R>) =>
  run.pipe(
    Effect.tapCause((cause) =>
      Cause.hasInterrupts(cause)
        ? Effect.void
        : Effect.andThen(
            Effect.logWarning(`${name} restarts: ${errorMessage(Cause.squash(cause))}`),
            recordError(name, failureReason(Cause.squash(cause)))
          )
    ),
    Effect.sandbox,
    Effect.retry({ schedule: backOff, while: (cause) => !Cause.hasInterrupts(cause) }),
    Effect.forkScoped
  )
