import { Effect } from "effect"

/** Who asks how things stand does not wait for longer. */
export const statusTimeout = "2 seconds"

/** What cannot be found out soon is not known: null. */
export const orNullOnTimeout = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A | null, never, R> =>
  effect.pipe(
    Effect.timeoutOrElse({ duration: statusTimeout, orElse: () => Effect.succeed(null) }),
    Effect.catch(() => Effect.succeed(null))
  )
