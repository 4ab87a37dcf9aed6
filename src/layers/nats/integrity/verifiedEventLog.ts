import { Effect, Layer } from "effect"
import { EventLog, LogUnavailable } from "#layers/services/EventLog.ts"
import { Integrity } from "#layers/services/Integrity.ts"

/**
 * Fails appends to a log that is damaged or was not compared since the connection was lost, and reads that a decision
 * could be based on. Commands that were in progress are then retried, and may find another log than before.
 */
export const layer = Layer.effect(
  EventLog,
  Effect.gen(function* () {
    const log = yield* EventLog
    const integrity = yield* Integrity
    const failUnverified = Effect.suspend(() => {
      const reason = integrity.damage()?.summary ?? "it has not been compared since the connection was lost"
      return Effect.fail(new LogUnavailable({ reason }))
    })
    const verifiedEpoch = () => (integrity.damage() === undefined ? integrity.epoch() : undefined)

    /** A response after a reconnect may come from another log than the one that was compared. */
    const whileVerified = <A, E>(read: Effect.Effect<A, E>) =>
      Effect.suspend((): Effect.Effect<A, E | LogUnavailable> => {
        const epochBefore = verifiedEpoch()
        if (epochBefore === undefined) return failUnverified
        return Effect.flatMap(read, (found) =>
          verifiedEpoch() === epochBefore ? Effect.succeed(found) : failUnverified
        )
      })

    return {
      ...log,
      read: (streamId) => whileVerified(log.read(streamId)),
      readAll: (streamIds) => whileVerified(log.readAll(streamIds)),
      findCommand: (commandId) => whileVerified(log.findCommand(commandId)),
      append: (...appended) => (verifiedEpoch() === undefined ? failUnverified : log.append(...appended))
    }
  })
)
