import { jetstreamManager } from "@nats-io/jetstream"
import { Effect, Schedule } from "effect"
import type { Board } from "#domain/model/index.ts"
import { Nats } from "#layers/nats/connection/Nats.ts"
import { isTransientError, NotProvisioned, leaderElectionRetry } from "#layers/nats/provision/provision.ts"
import { errorMessage } from "#layers/services/errorMessage.ts"
import { LogDamaged } from "#layers/services/Integrity.ts"
import { staleLeaderTimeout } from "#layers/timing/staleLeaderTimeout.ts"
import { upToElapsed } from "#layers/timing/upToElapsed.ts"
import { compareLog } from "./compareLog.ts"
import { describeUnreadable } from "./findDamage.ts"
import { defaultNewestCount, findUnreadableNewest } from "./verification.ts"

/**
 * A leader that was just elected may still be applying writes that were accepted. A single server has no other to wait
 * for.
 */
const damageRetry = (replicas: number) =>
  Schedule.spaced("250 millis").pipe(upToElapsed(replicas > 1 ? staleLeaderTimeout : "1 second"))

const toCheckFailed = (error: unknown) =>
  new NotProvisioned({ name: "the log's check", reason: errorMessage(error), isTransient: isTransientError(error) })

/**
 * Compares a log with everything that is derived from it, before anything appends to it or reads it. Changes nothing;
 * fails with `LogDamaged` when the log lacks events that it had.
 */
export const checkAtStart = Effect.fnUntraced(function* (
  board: Board.Any,
  replicas: number,
  newestCount = defaultNewestCount
) {
  const nats = yield* Nats
  const manager = yield* Effect.promise(() => jetstreamManager(nats, { checkAPI: false }))
  const comparison = Effect.tryPromise({ try: () => compareLog(manager, board), catch: toCheckFailed }).pipe(
    Effect.retry({ schedule: leaderElectionRetry, while: ({ isTransient }) => isTransient })
  )
  const intact = Effect.filterOrFail(
    comparison,
    ({ findings }) => findings.length === 0,
    ({ findings }) => new LogDamaged({ log: board.name, findings })
  )
  const { state } = yield* Effect.retry(intact, {
    schedule: damageRetry(replicas),
    while: ({ _tag }) => _tag === "LogDamaged"
  })
  const gaps = yield* Effect.retry(findUnreadableNewest(nats, manager, board, state, newestCount), leaderElectionRetry)
  if (gaps.length > 0) return yield* new LogDamaged({ log: board.name, findings: [describeUnreadable(gaps)] })
})
