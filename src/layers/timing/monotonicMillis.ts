import { Clock, Effect } from "effect"

/**
 * Milliseconds by a clock that nobody sets, from an arbitrary origin: only differences mean something. For elapsed time
 * and deadlines; a stamp that is stored or shown takes `Clock.currentTimeMillis`, which may step back or forward.
 */
export const monotonicMillis: Effect.Effect<number> = Clock.clockWith((clock) =>
  Effect.sync(() => monotonicMillisUnsafe(clock))
)

/** The same, of a clock at hand. */
export const monotonicMillisUnsafe = (clock: Clock.Clock): number => Number(clock.monotonicTimeNanosUnsafe()) / 1e6
