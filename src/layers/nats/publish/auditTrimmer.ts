import type { JetStreamManager, PurgeOpts } from "@nats-io/jetstream"
import { Effect } from "effect"
import type { Board } from "#domain/model/index.ts"
import { errorMessage } from "#layers/services/errorMessage.ts"

/** Where refusals are written, and where all is copied to. */
export const rejectionsStream = "audit-refused"
export const auditStream = "audit"

/** The share of `audit` from which on refusals leave it; below what makes the app degraded. */
const auditFillLimit = 0.75

/** The share to which `audit-refused` is emptied once it was found full. */
const rejectionsFillLimit = 0.7

/** What may leave; what an operator voided or dismissed, which is written there too, stays. */
const rejectionFilters = ["audit.refused.>", "audit.unchanged.>"]

/**
 * Makes room in the audit by dropping the oldest refusals, so that no number of them stops anything: `audit-refused` when it
 * is full, and `audit` before it is. What was accepted stays; the server copies it once there is room.
 */
export const makeAuditTrimmer = (manager: JetStreamManager, board: Board.Any) => {
  const info = (stream: string) => Effect.tryPromise({ try: () => manager.streams.info(stream), catch: errorMessage })
  const purge = (stream: string, options: PurgeOpts) =>
    Effect.tryPromise({ try: () => manager.streams.purge(stream, options), catch: errorMessage })

  /** Halves the refusals in a stream until it is less full than that. */
  const trim = Effect.fnUntraced(function* (stream: string, fillLimit: number) {
    const isFull = Effect.map(info(stream), ({ config, state }) => state.bytes >= config.max_bytes * fillLimit)
    if (!(yield* isFull)) return
    let keep = (yield* info(rejectionsStream)).state.messages
    let dropped = 0
    // Never all: by the last message of each source the server knows where to go on copying.
    while (keep > 1 && (yield* isFull)) {
      keep = Math.max(1, Math.floor(keep / 2))
      for (const filter of rejectionFilters) dropped += (yield* purge(stream, { filter, keep })).purged
    }
    if (dropped === 0) return
    yield* Effect.logWarning(
      `${board.title}: ${stream} was full, or nearly; its oldest ${dropped} refusals were dropped.`
    )
  })

  return { trimRejections: trim(rejectionsStream, rejectionsFillLimit), trimAudit: trim(auditStream, auditFillLimit) }
}
