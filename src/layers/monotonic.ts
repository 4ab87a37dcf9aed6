import { Clock, Effect } from "effect"

/** Milliseconds on a clock that nobody sets: for ages and budgets. It says nothing of the time of day. */
export const monotonicMillis: Effect.Effect<number> = Clock.clockWith((clock) =>
  Effect.succeed(Number(clock.monotonicTimeNanosUnsafe() / 1_000n) / 1_000)
)
