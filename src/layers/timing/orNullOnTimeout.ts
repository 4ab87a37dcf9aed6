import { Effect } from "effect"

/** The longest that a status request waits for one of its parts. */
export const statusTimeout = "2 seconds"

/** Null if the effect fails or does not finish within `statusTimeout`. */
export const orNullOnTimeout = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A | null, never, R> =>
  effect.pipe(
    Effect.timeoutOrElse({ duration: statusTimeout, orElse: () => Effect.succeed(null) }),
    Effect.catch(() => Effect.succeed(null))
  )
