import { Effect, Fiber, Option } from "effect"

/** How long an operator's call waits for work that follows it. */
const waitAtMost = "10 seconds"

/** What the work comes to; null where it fails, or takes longer than 10 s: then it goes on by itself, also without the caller. */
export const soonOrNull = <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A | null, never, R> =>
  Effect.flatMap(Effect.forkDetach(work), Fiber.join).pipe(
    Effect.timeoutOption(waitAtMost),
    Effect.orElseSucceed(() => Option.none<A>()),
    Effect.map(Option.getOrNull)
  )
