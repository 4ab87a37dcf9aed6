import type { EventEnvelope } from "#layers/services/EventLog.ts"
import type { Bucket } from "#layers/services/KeyValue.ts"
import type { BufferedRow, makeRowFolder } from "./rowFolder.ts"

/**
 * Folds events into rows such that each row fits into its bucket. To encode a row after each event is too dear for all of
 * them, so only those are measured that were once found too large when they were to be written.
 */
export const makeSizeCheckedRows = (bucket: Bucket, { fold, encodeRow }: ReturnType<typeof makeRowFolder>) => {
  const measuredPaths = new Set<string>()
  return {
    measure: (path: string): void => void measuredPaths.add(path),
    /** Whether it is news, as `fold` of `heldRows`. Throws why if the row would be too large, and leaves it as it was. */
    fold: (row: BufferedRow, event: EventEnvelope): boolean => {
      if (!measuredPaths.has(row.path)) return fold(row, event)
      const { pendingEvent, position, state } = row
      if (!fold(row, event)) return false
      const tooLarge = bucket.checkSize(row.path, encodeRow(row))
      if (!tooLarge) return true
      Object.assign(row, { news: pendingEvent, position, state })
      throw tooLarge
    }
  }
}

export type SizeCheckedRows = ReturnType<typeof makeSizeCheckedRows>
