import type { Board } from "#domain/grammar/index.ts"
import { Context, Effect, Layer } from "effect"
import { Audit, type Line } from "../Audit.ts"
import { monotonicMillis } from "../monotonic.ts"
import { codecOf } from "../wire/CloudEvent.ts"
import { duplicateWindowOf, maxMessageSize, tooLarge } from "../wire/limits.ts"
import { recentIds } from "./recentIds.ts"

/** The lines that were written, oldest first; within the duplicate window a line of the same id is the same line. */
export class AuditLines extends Context.Service<AuditLines, { readonly lines: Array<Line> }>()(
  "layers/memory/AuditLines"
) {}

export const layer = (board: Board.Any) =>
  Layer.effectContext(
    Effect.sync(() => {
      const lines: Array<Line> = []
      const ids = recentIds(duplicateWindowOf(board.audit))
      const codec = codecOf(board)
      const maxBytes = maxMessageSize(board.audit)
      return Context.make(AuditLines, { lines }).pipe(
        Context.add(Audit, {
          write: Effect.fnUntraced(function* (line) {
            const now = yield* monotonicMillis
            const error = tooLarge(line.refusal?._tag ?? line.command, codec.encodeLine(line), maxBytes)
            if (error) return yield* error
            if (ids.find(line.id, now) !== undefined) return
            ids.add(line.id, lines.push(line), now)
          })
        })
      )
    })
  )
