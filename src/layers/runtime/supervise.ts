import { Duration, Effect, Schedule } from "effect"

const backOff = Schedule.exponential("200 millis").pipe(
  Schedule.jittered,
  Schedule.modifyDelay(({ duration }) => Effect.succeed(Duration.min(duration, Duration.seconds(10))))
)

/** Runs something that never ends, in the scope; when it fails, says why, and begins again with growing pauses. */
export const supervise = <E extends { readonly message: string }, R>(name: string, run: Effect.Effect<never, E, R>) =>
  run.pipe(
    Effect.tapError(({ message }) => Effect.logWarning(`${name} stopped and begins again: ${message}`)),
    Effect.retry(backOff),
    Effect.forkScoped
  )
