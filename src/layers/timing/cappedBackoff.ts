import { Duration, Effect, Schedule } from "effect"

/** Growing pauses, of `most` at the most; spread a little, so that those who wait together do not come together. */
export const growing = (first: Duration.Input, most: Duration.Input) =>
  Schedule.exponential(first).pipe(
    Schedule.jittered,
    Schedule.modifyDelay(({ duration }) => Effect.succeed(Duration.min(duration, Duration.fromInputUnsafe(most))))
  )
