import { Effect, Stream, SubscriptionRef } from "effect"

/** Waits until the position is at least `target`. */
export const awaitPosition = (position: SubscriptionRef.SubscriptionRef<number>, target: number): Effect.Effect<void> =>
  SubscriptionRef.changes(position).pipe(
    Stream.filter((now) => now >= target),
    Stream.runHead,
    Effect.asVoid
  )
