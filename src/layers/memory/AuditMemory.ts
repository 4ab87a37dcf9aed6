import { Context, Effect, Layer, Stream, SubscriptionRef } from "effect"
import type { Board } from "#domain/model/index.ts"
import { cloudEventCodec } from "#layers/codec/cloudEventCodec.ts"
import { duplicateWindowOf, messageLimit, checkMessageSize } from "#layers/codec/messageLimits.ts"
import { Audit, type AuditEntry } from "#layers/services/Audit.ts"
import { AuditReader, type RejectedCommand } from "#layers/services/AuditReader.ts"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"
import { recentIds } from "./recentIds.ts"

/** The entries of the audit, oldest first; within the duplicate window an entry with a known id is not added again. */
export class AuditEntries extends Context.Service<AuditEntries, { readonly entries: Array<AuditEntry> }>()(
  "layers/memory/AuditEntries"
) {}

const rejectionsBetween = (
  entries: ReadonlyArray<AuditEntry>,
  after: number,
  upTo: number
): ReadonlyArray<RejectedCommand> =>
  entries
    .slice(after, upTo)
    .flatMap(({ actor, command, correlationId, streamId, rejection, time }, n) =>
      rejection === undefined
        ? []
        : [{ position: after + n + 1, command, type: rejection._tag, streamId, actor, time, correlationId }]
    )

const auditReader = (
  entries: ReadonlyArray<AuditEntry>,
  length: SubscriptionRef.SubscriptionRef<number>
): AuditReader["Service"] => ({
  rejections: Effect.sync(() => {
    const byCommand = Map.groupBy(rejectionsBetween(entries, 0, entries.length), ({ command }) => command)
    const counts = new Map(Array.from(byCommand, ([command, all]) => [command, all.length]))
    return { position: entries.length, counts }
  }),
  follow: (after) =>
    SubscriptionRef.changes(length).pipe(
      Stream.mapAccum(
        () => after,
        (position, now) => [Math.max(position, now), [rejectionsBetween(entries, position, now)]] as const
      ),
      Stream.filter((rejected) => rejected.length > 0)
    )
})

export const layer = (board: Board.Any) =>
  Layer.effectContext(
    Effect.gen(function* () {
      const entries: Array<AuditEntry> = []
      const length = yield* SubscriptionRef.make(0)
      const ids = recentIds(duplicateWindowOf(board.audit))
      const codec = cloudEventCodec(board)
      const limit = messageLimit(board.audit)
      return Context.make(AuditEntries, { entries }).pipe(
        Context.add(AuditReader, auditReader(entries, length)),
        Context.add(Audit, {
          write: Effect.fnUntraced(function* (entry: AuditEntry) {
            const now = yield* monotonicMillis
            const error = checkMessageSize(entry.rejection?._tag ?? entry.command, codec.encodeAuditEntry(entry), limit)
            if (error) return yield* error
            if (ids.find(entry.id, now) !== undefined) return
            ids.add(entry.id, entries.push(entry), now)
            yield* SubscriptionRef.set(length, entries.length)
          })
        })
      )
    })
  )
