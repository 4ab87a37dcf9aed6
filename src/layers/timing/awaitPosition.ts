import { Effect, Stream, SubscriptionRef } from "effect"

/** Waits until a position is so far, or farther. */
export const comesTo = (position: SubscriptionRef.SubscriptionRef<number>, least: number): Effect.Effect<void> =>
  SubscriptionRef.changes(position).pipe(
    Stream.filter((now) => now >= least),
    Stream.runHead,
    Effect.asVoid
  )
