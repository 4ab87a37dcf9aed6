import type { JetStreamManager, PurgeOpts } from "@nats-io/jetstream"
import { Effect } from "effect"
import type { Board } from "#domain/model/index.ts"
import { errorMessage } from "#layers/services/errorMessage.ts"

/** The stream that rejections are written to, and the audit, which the server copies everything to. */
export const rejectionsStream = "audit-refused"
export const auditStream = "audit"

/**
 * The fill ratio of `audit` from which its rejections are trimmed; it is below the ratio that makes the app degraded.
 */
const auditFillLimit = 0.75

/** The fill ratio to which a full `audit-refused` is trimmed. */
const rejectionsFillLimit = 0.7

/** Entries that may be dropped. Voids and dismissals by operators, in the same stream, stay. */
const rejectionFilters = ["audit.refused.>", "audit.unchanged.>"]

/**
 * Makes room in the audit by dropping the oldest rejections, so that no number of them blocks anything: in
 * `audit-refused` when it is full, and in `audit` before it is. Accepted commands stay; the server copies them once
 * there is room.
 */
export const makeAuditTrimmer = (manager: JetStreamManager, board: Board.Any) => {
  const info = (stream: string) => Effect.tryPromise({ try: () => manager.streams.info(stream), catch: errorMessage })
  const purge = (stream: string, options: PurgeOpts) =>
    Effect.tryPromise({ try: () => manager.streams.purge(stream, options), catch: errorMessage })

  /** Halves the rejections in a stream until its fill is below the limit. */
  const trim = Effect.fnUntraced(function* (stream: string, fillLimit: number) {
    const isFull = Effect.map(info(stream), ({ config, state }) => state.bytes >= config.max_bytes * fillLimit)
    if (!(yield* isFull)) return
    let keep = (yield* info(rejectionsStream)).state.messages
    let dropped = 0
    // Never all: the server knows from the last message of each source where to resume copying.
    while (keep > 1 && (yield* isFull)) {
      keep = Math.max(1, Math.floor(keep / 2))
      for (const filter of rejectionFilters) dropped += (yield* purge(stream, { filter, keep })).purged
    }
    if (dropped === 0) return
    yield* Effect.logWarning(
      `${board.title}: ${stream} was full or nearly full; its oldest ${dropped} rejections were dropped.`
    )
  })

  return { trimRejections: trim(rejectionsStream, rejectionsFillLimit), trimAudit: trim(auditStream, auditFillLimit) }
}
