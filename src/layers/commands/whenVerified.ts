import { Effect } from "effect"
import { LogUnavailable } from "#layers/services/EventLog.ts"
import type { Integrity, LogDamaged } from "#layers/services/Integrity.ts"
import { requestTimeoutMillis } from "#layers/timing/requestTimeout.ts"

/**
 * Runs a command only while the log is verified: on a log that has lost events, even a rejection would be wrong. After a
 * reconnect it waits until the log was compared again.
 */
export const whenVerified = (integrity: Integrity["Service"]) => {
  const notVerified = new LogUnavailable({
    reason: "the connection was lost, and the log has not been verified again yet"
  })
  const awaitCompared = integrity.awaitCompared.pipe(
    Effect.timeoutOrElse({ duration: requestTimeoutMillis, orElse: () => Effect.fail(notVerified) })
  )
  return <A, E, R>(run: Effect.Effect<A, E, R>) => {
    const unlessDamaged = Effect.suspend((): Effect.Effect<A, E | LogDamaged, R> => {
      const damage = integrity.damage()
      return damage ? Effect.fail(damage) : run
    })
    return Effect.suspend(() => (integrity.isCompared() ? unlessDamaged : Effect.andThen(awaitCompared, unlessDamaged)))
  }
}
