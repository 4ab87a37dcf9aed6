import { Cause, Effect } from "effect"
import { errorMessage } from "#layers/services/errorMessage.ts"
import { errorTag } from "#layers/services/errorTag.ts"
import { cappedBackoff } from "#layers/timing/cappedBackoff.ts"
import { failureReason } from "./failureReason.ts"
import { newerEventTag } from "./NewerEvent.ts"
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

/** Logs why a processor restarts; that it still waits for newer code, only once. */
const makeRestartLog = (name: string) => {
  let lastWait: string | undefined
  return (error: unknown, { _tag, message }: { readonly _tag: string; readonly message: string }) => {
    const wait = _tag === newerEventTag ? message : undefined
    const isRepeated = wait !== undefined && wait === lastWait
    lastWait = wait
    const line = wait === undefined ? `${name} restarts: ${errorMessage(error)}` : `${name}: ${wait}`
    return isRepeated ? Effect.logDebug(line) : Effect.logWarning(line)
  }
}

/**
 * Runs an effect that never ends in the scope. After a failure or defect it is restarted with backoff, and the cause is
 * logged and recorded.
 */
export const supervise = <E, R>(name: string, run: Effect.Effect<never, E, R>) =>
  Effect.suspend(() => {
    const logRestart = makeRestartLog(name)
    return run.pipe(
      Effect.tapCause((cause) => {
        if (Cause.hasInterrupts(cause)) return Effect.void
        const error = Cause.squash(cause)
        const failure = { _tag: errorTag(error), message: failureReason(error) }
        return Effect.andThen(logRestart(error, failure), recordError(name, failure))
      }),
      Effect.sandbox,
      Effect.retry({ schedule: backOff, while: (cause) => !Cause.hasInterrupts(cause) }),
      Effect.forkScoped
    )
  })
