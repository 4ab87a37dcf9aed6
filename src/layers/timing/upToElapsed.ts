import { type Duration, Effect, Schedule } from "effect"
import { monotonicMillis } from "./monotonicMillis.ts"

/**
 * Ends a schedule after this duration. `Schedule.upTo` measures with the wall clock: if that is set back by an hour, a
 * limit of three seconds lasts an hour.
 */
export const upToElapsed =
  (duration: Duration.Input) =>
  <Output, Input, Error, Env>(schedule: Schedule.Schedule<Output, Input, Error, Env>) =>
    Schedule.fromStep(
      Effect.map(
        Schedule.toStep(Schedule.upTo(schedule, { duration })),
        (step) => (_wallClock: number, input: Input) => Effect.flatMap(monotonicMillis, (now) => step(now, input))
      )
    )
