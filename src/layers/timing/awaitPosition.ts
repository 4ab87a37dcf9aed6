import { Effect, Stream, SubscriptionRef } from "effect"

/** Waits until a position is so far, or farther. */
export const awaitPosition = (position: SubscriptionRef.SubscriptionRef<number>, target: number): Effect.Effect<void> =>
  SubscriptionRef.changes(position).pipe(
    Stream.filter((now) => now >= target),
    Stream.runHead,
    Effect.asVoid
  )
