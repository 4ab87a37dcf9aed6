import type { EventEnvelope } from "#layers/services/EventLog.ts"
import type { Bucket } from "#layers/services/KeyValue.ts"
import type { BufferedRow, makeRowFolder } from "./rowFolder.ts"

/**
 * Folds events into rows such that each row fits into its bucket. Encoding every row after each event costs too much, so
 * only rows whose write once failed because of their size are measured.
 */
export const makeSizeCheckedRows = (bucket: Bucket, { fold, encodeRow }: ReturnType<typeof makeRowFolder>) => {
  const measuredPaths = new Set<string>()
  return {
    measure: (path: string): void => void measuredPaths.add(path),
    /** As `fold` of `makeRowFolder`. Throws why if the row would become too large, and leaves it as it was. */
    fold: (row: BufferedRow, event: EventEnvelope): boolean => {
      if (!measuredPaths.has(row.path)) return fold(row, event)
      const { pendingEvent, position, state } = row
      if (!fold(row, event)) return false
      const tooLarge = bucket.checkSize(row.path, encodeRow(row))
      if (!tooLarge) return true
      Object.assign(row, { pendingEvent, position, state })
      throw tooLarge
    }
  }
}

export type SizeCheckedRows = ReturnType<typeof makeSizeCheckedRows>
