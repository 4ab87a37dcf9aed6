import { Effect, Fiber, Option } from "effect"

/** How long an operator's call waits for work that follows it. */
const detachTimeout = "10 seconds"

/** What the work comes to; null where it fails, or takes longer than 10 s: then it goes on by itself, also without the caller. */
export const detachAfterTimeout = <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A | null, never, R> =>
  Effect.flatMap(Effect.forkDetach(work), Fiber.join).pipe(
    Effect.timeoutOption(detachTimeout),
    Effect.orElseSucceed(() => Option.none<A>()),
    Effect.map(Option.getOrNull)
  )
