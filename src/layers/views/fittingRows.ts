import type { Replayed } from "#layers/services/EventLog.ts"
import type { Bucket } from "#layers/services/KeyValue.ts"
import type { Held, heldRows } from "./bufferedRows.ts"

/**
 * Folds events into rows such that each row fits into its bucket. To encode a row after each event is too dear for all of
 * them, so only those are measured that were once found too large when they were to be written.
 */
export const fittingRows = (bucket: Bucket, { fold, written }: ReturnType<typeof heldRows>) => {
  const measured = new Set<string>()
  return {
    measure: (path: string): void => void measured.add(path),
    /** Whether it is news, as `fold` of `heldRows`. Throws why if the row would be too large, and leaves it as it was. */
    fold: (row: Held, event: Replayed): boolean => {
      if (!measured.has(row.path)) return fold(row, event)
      const { news, position, state } = row
      if (!fold(row, event)) return false
      const tooLarge = bucket.tooLarge(row.path, written(row))
      if (!tooLarge) return true
      Object.assign(row, { news, position, state })
      throw tooLarge
    }
  }
}

export type FittingRows = ReturnType<typeof fittingRows>
