import { Effect, Layer } from "effect"
import { EventLog, LogUnavailable } from "#layers/services/EventLog.ts"
import { Integrity } from "#layers/services/Integrity.ts"

/**
 * Appends nothing to a log that is damaged, or was not compared since the connection was lost; and hands out nothing of it
 * that a command could be decided on. Commands that were under way then try again by themselves, and may find another log
 * than they left.
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
    const sound = () => (integrity.damage() === undefined ? integrity.epoch() : undefined)

    /** What comes after a reconnect may be an answer of another log than the one that was compared. */
    const soundly = <A, E>(read: Effect.Effect<A, E>) =>
      Effect.suspend((): Effect.Effect<A, E | LogUnavailable> => {
        const begin = sound()
        if (begin === undefined) return refused
        return Effect.flatMap(read, (found) => (sound() === begin ? Effect.succeed(found) : refused))
      })

    return {
      ...log,
      read: (place) => soundly(log.read(place)),
      readAll: (places) => soundly(log.readAll(places)),
      append: (place, stand, facts, origin) =>
        sound() === undefined ? refused : log.append(place, stand, facts, origin)
    }
  })
)
