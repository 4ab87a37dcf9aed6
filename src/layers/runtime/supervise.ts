import { Duration, Effect, Schedule } from "effect"
import { noted } from "./Troubles.ts"

const backOff = Schedule.exponential("200 millis").pipe(
  Schedule.jittered,
  Schedule.modifyDelay(({ duration }) => Effect.succeed(Duration.min(duration, Duration.seconds(2))))
)

/** Tries until it is done, with growing pauses, and says why it was not. */
export const persist = <A, E extends { readonly message: string }, R>(name: string, effect: Effect.Effect<A, E, R>) =>
  noted(name, effect).pipe(
    Effect.tapError(({ message }) => Effect.logWarning(`${name} tries again: ${message}`)),
    Effect.retry(backOff)
  )

/** Runs something that never ends, in the scope; when it fails, says why, and begins again with growing pauses. */
export const supervise = <E extends { readonly message: string }, R>(name: string, run: Effect.Effect<never, E, R>) =>
  Effect.forkScoped(persist(name, run))
