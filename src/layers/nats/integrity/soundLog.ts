import { Effect, Layer } from "effect"
import { EventLog, LogUnavailable } from "../../EventLog.ts"
import { Integrity } from "../../Integrity.ts"

/**
 * Appends nothing to a log that is damaged, or was not compared since the connection was lost: commands that were under way
 * then try again by themselves, and may find another log than they left.
 */
export const layer = Layer.effect(
  EventLog,
  Effect.gen(function* () {
    const log = yield* EventLog
    const integrity = yield* Integrity
    const refused = Effect.suspend(() => {
      const reason = integrity.damage()?.summary ?? "it has not been compared since the connection was lost"
      return Effect.fail(new LogUnavailable({ reason }))
    })
    return {
      ...log,
      append: (place, stand, facts, origin) =>
        integrity.isCompared() && integrity.damage() === undefined ? log.append(place, stand, facts, origin) : refused
    }
  })
)
