import { Duration, Effect, Schedule } from "effect"

/** Exponential delays up to `maxDelay`, with jitter, so that processes that wait together do not retry together. */
export const cappedBackoff = (initialDelay: Duration.Input, maxDelay: Duration.Input) =>
  Schedule.exponential(initialDelay).pipe(
    Schedule.jittered,
    Schedule.modifyDelay(({ duration }) => Effect.succeed(Duration.min(duration, Duration.fromInputUnsafe(maxDelay))))
  )
