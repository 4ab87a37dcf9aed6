import { Effect, Fiber, Option } from "effect"

/** How long an operator's request waits for its follow-up work. */
const detachTimeout = "10 seconds"

/** The result of the work; null if it fails or takes longer than 10 s. It continues after the timeout or an interruption. */
export const detachAfterTimeout = <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A | null, never, R> =>
  Effect.flatMap(Effect.forkDetach(work), Fiber.join).pipe(
    Effect.timeoutOption(detachTimeout),
    Effect.orElseSucceed(() => Option.none<A>()),
    Effect.map(Option.getOrNull)
  )
