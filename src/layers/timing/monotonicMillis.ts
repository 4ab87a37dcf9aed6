import { Clock, Effect } from "effect"

/**
 * Milliseconds of a monotonic clock with an arbitrary origin: only differences mean something. For elapsed time and
 * deadlines; for stored or displayed timestamps use `Clock.currentTimeMillis`, which may step back or forward.
 */
export const monotonicMillis: Effect.Effect<number> = Clock.clockWith((clock) =>
  Effect.sync(() => monotonicMillisUnsafe(clock))
)

/** The same for a given clock, outside of an Effect. */
export const monotonicMillisUnsafe = (clock: Clock.Clock): number => Number(clock.monotonicTimeNanosUnsafe()) / 1e6
