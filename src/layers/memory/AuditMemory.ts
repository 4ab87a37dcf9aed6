import { Context, Effect, Layer, Stream, SubscriptionRef } from "effect"
import type { Board } from "#domain/model/index.ts"
import { codecOf } from "#layers/codec/boardCodec.ts"
import { duplicateWindowOf, messageLimit, tooLarge } from "#layers/codec/messageLimits.ts"
import { Audit, type Line } from "#layers/services/Audit.ts"
import { AuditReader, type RejectedCommand } from "#layers/services/AuditReader.ts"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"
import { recentIds } from "./recentIds.ts"

/** The lines that were written, oldest first; within the duplicate window a line of the same id is the same line. */
export class AuditLines extends Context.Service<AuditLines, { readonly lines: Array<Line> }>()(
  "layers/memory/AuditLines"
) {}

const rejectedIn = (lines: ReadonlyArray<Line>, after: number, upTo: number): ReadonlyArray<RejectedCommand> =>
  lines
    .slice(after, upTo)
    .flatMap(({ actor, command, correlationId, place, refusal, time }, n) =>
      refusal === undefined
        ? []
        : [{ position: after + n + 1, command, type: refusal._tag, place, actor, time, correlationId }]
    )

const readerOf = (
  lines: ReadonlyArray<Line>,
  length: SubscriptionRef.SubscriptionRef<number>
): AuditReader["Service"] => ({
  rejections: Effect.sync(() => {
    const byCommand = Map.groupBy(rejectedIn(lines, 0, lines.length), ({ command }) => command)
    const counts = new Map(Array.from(byCommand, ([command, all]) => [command, all.length]))
    return { position: lines.length, counts }
  }),
  follow: (after) =>
    SubscriptionRef.changes(length).pipe(
      Stream.mapAccum(
        () => after,
        (seen, now) => [Math.max(seen, now), [rejectedIn(lines, seen, now)]] as const
      ),
      Stream.filter((rejected) => rejected.length > 0)
    )
})

export const layer = (board: Board.Any) =>
  Layer.effectContext(
    Effect.gen(function* () {
      const lines: Array<Line> = []
      const length = yield* SubscriptionRef.make(0)
      const ids = recentIds(duplicateWindowOf(board.audit))
      const codec = codecOf(board)
      const limit = messageLimit(board.audit)
      return Context.make(AuditLines, { lines }).pipe(
        Context.add(AuditReader, readerOf(lines, length)),
        Context.add(Audit, {
          write: Effect.fnUntraced(function* (line) {
            const now = yield* monotonicMillis
            const error = tooLarge(line.refusal?._tag ?? line.command, codec.encodeLine(line), limit)
            if (error) return yield* error
            if (ids.find(line.id, now) !== undefined) return
            ids.add(line.id, lines.push(line), now)
            yield* SubscriptionRef.set(length, lines.length)
          })
        })
      )
    })
  )
