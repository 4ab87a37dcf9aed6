import { Duration, Effect, Schedule } from "effect"

/** Growing pauses, of `most` at the most; spread a little, so that those who wait together do not come together. */
export const cappedBackoff = (initialDelay: Duration.Input, maxDelay: Duration.Input) =>
  Schedule.exponential(initialDelay).pipe(
    Schedule.jittered,
    Schedule.modifyDelay(({ duration }) => Effect.succeed(Duration.min(duration, Duration.fromInputUnsafe(maxDelay))))
  )
