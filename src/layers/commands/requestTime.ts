import { Effect } from "effect"
import { LogUnavailable } from "#layers/services/EventLog.ts"
import { cappedBackoff } from "#layers/timing/cappedBackoff.ts"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"
import { requestTimeoutMillis } from "#layers/timing/requestTimeout.ts"
import { upToElapsed } from "#layers/timing/upToElapsed.ts"

export const unavailableRetryPolicy = cappedBackoff("100 millis", "1 second").pipe(upToElapsed("8 seconds"))

/** The time that is left for a command which came at `startedAt`, both in milliseconds. */
export const millisLeft = (startedAt: number): Effect.Effect<number> =>
  Effect.map(monotonicMillis, (now) => requestTimeoutMillis - (now - startedAt))

/** Fails with `LogUnavailable` if the effect takes longer than the time that is left for the command. */
export const withinRequestTime =
  (startedAt: number) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | LogUnavailable, R> =>
    Effect.flatMap(millisLeft(startedAt), (millis) =>
      Effect.timeoutOrElse(effect, {
        duration: Math.max(1, millis),
        orElse: () => Effect.fail(new LogUnavailable({ reason: "it did not answer in time" }))
      })
    )
