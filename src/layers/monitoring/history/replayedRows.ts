import { Key, type Slice } from "#domain/model/index.ts"
import { type EventEnvelope, isUndecodable, type UndecodableEvent } from "#layers/services/EventLog.ts"
import type { KeyFilter } from "#layers/views/rows/keyFilter.ts"
import type { RowChange } from "#layers/views/rows/rowChanges.ts"
import { type BufferedRow, makeRowFolder } from "#layers/views/rows/rowFolder.ts"

interface ReplayedRow extends BufferedRow {
  /** The values of its key. */
  readonly texts: ReadonlyArray<string>
}

/**
 * Folds events of the log into rows in memory. Events that are dead letters of the current rows are left out here too:
 * those that cannot be decoded or folded or were dismissed, those without a key, and those that they block.
 */
export const replayedRows = (
  view: Slice.View<any, any>,
  fits: KeyFilter["fits"],
  dismissed: ReadonlySet<number> | undefined
) => {
  const { fold, newRow, tryChangesOf } = makeRowFolder(view)
  const rows = new Map<string, ReplayedRow>()
  /** Event streams with an event that cannot be folded: their later events are left out too. */
  const blockedStreams = new Set<string>()

  /** The row that events of an entry were folded into; undefined if there is none. */
  const foldInto = (envelope: EventEnvelope, { events, path }: RowChange): ReplayedRow | undefined => {
    const [event] = events
    const texts = Key.texts(view.key as Key.Key, event as never)
    if (!fits(texts)) return undefined
    const existing = rows.get(path)
    const row = existing ?? { ...newRow(path, event), texts }
    try {
      fold(row, envelope, events)
    } catch {
      blockedStreams.add(envelope.streamId)
      return undefined
    }
    if (!existing) rows.set(path, row)
    return row
  }

  return {
    rows: rows as ReadonlyMap<string, ReplayedRow>,
    foldPage: (page: ReadonlyArray<EventEnvelope | UndecodableEvent>): void => {
      const changed = new Set<ReplayedRow>()
      for (const envelope of page) {
        if (isUndecodable(envelope) || dismissed?.has(envelope.position) || blockedStreams.has(envelope.streamId))
          continue
        for (const change of tryChangesOf(envelope) ?? []) {
          const row = foldInto(envelope, change)
          if (row) changed.add(row)
        }
      }
      // Copies the stamp: a reference to the event would keep its whole page in memory.
      for (const row of changed) {
        const { actor, position, time } = row.pendingEvent!
        row.pendingEvent = { actor, position, time }
      }
    }
  }
}
