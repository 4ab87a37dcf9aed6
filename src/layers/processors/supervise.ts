import { Cause, Effect } from "effect"
import { errorMessage } from "#layers/services/errorMessage.ts"
import { cappedBackoff } from "#layers/timing/cappedBackoff.ts"
import { failureReason } from "./failureReason.ts"
import { newerEventTag } from "./NewerEvent.ts"
import { trackErrors, recordError } from "./ProcessorErrors.ts"

/** What is recorded of a cause: its reason, and its tag if it is an error of ours. */
const failureOf = (error: unknown) => {
  const _tag = typeof error === "object" && error !== null && "_tag" in error ? String(error._tag) : "Defect"
  return { _tag, message: failureReason(error) }
}

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
  return (error: unknown) => {
    const { _tag, message } = failureOf(error)
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
        const error = Cause.squash(cause)
        return Cause.hasInterrupts(cause)
          ? Effect.void
          : Effect.andThen(logRestart(error), recordError(name, failureOf(error)))
      }),
      Effect.sandbox,
      Effect.retry({ schedule: backOff, while: (cause) => !Cause.hasInterrupts(cause) }),
      Effect.forkScoped
    )
  })
