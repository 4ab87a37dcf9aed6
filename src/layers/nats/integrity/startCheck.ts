import { jetstreamManager } from "@nats-io/jetstream"
import { Effect, Schedule } from "effect"
import type { Board } from "#domain/model/index.ts"
import { Nats } from "#layers/nats/connection/Nats.ts"
import { isPassing, NotProvisioned, untilThereAreLeaders } from "#layers/nats/provision/provision.ts"
import { reasonOf } from "#layers/services/errorMessage.ts"
import { LogDamaged } from "#layers/services/Integrity.ts"
import { staleLeaderTimeout } from "#layers/timing/staleLeaderTimeout.ts"
import { upToElapsed } from "#layers/timing/upToElapsed.ts"
import { compare } from "./compareLog.ts"
import { unreadable } from "./findings.ts"
import { newestRead, unreadableNewest } from "./verification.ts"

/** A leader that was just elected may have to catch up with what it has taken already. One server has nobody to wait for. */
const untilItIsCertain = (replicas: number) =>
  Schedule.spaced("250 millis").pipe(upToElapsed(replicas > 1 ? staleLeaderTimeout : "1 second"))

const notAnswered = (error: unknown) =>
  new NotProvisioned({ name: "the log's check", reason: reasonOf(error), passing: isPassing(error) })

/**
 * Compares a log with everything that is derived from it, before anybody appends to it or reads it. Changes nothing; fails
 * with `LogDamaged` when the log lacks events that it had.
 */
export const checkAtStart = Effect.fnUntraced(function* (board: Board.Any, replicas: number, newest = newestRead) {
  const nats = yield* Nats
  const manager = yield* Effect.promise(() => jetstreamManager(nats, { checkAPI: false }))
  const look = Effect.tryPromise({ try: () => compare(manager, board), catch: notAnswered }).pipe(
    Effect.retry({ schedule: untilThereAreLeaders, while: ({ passing }) => passing })
  )
  const whole = Effect.filterOrFail(
    look,
    ({ found }) => found.length === 0,
    ({ found }) => new LogDamaged({ log: board.name, found })
  )
  const { state } = yield* Effect.retry(whole, {
    schedule: untilItIsCertain(replicas),
    while: ({ _tag }) => _tag === "LogDamaged"
  })
  const gaps = yield* Effect.retry(unreadableNewest(nats, manager, board, state, newest), untilThereAreLeaders)
  if (gaps.length > 0) return yield* new LogDamaged({ log: board.name, found: [unreadable(gaps)] })
})
