import { Array, Effect } from "effect"
import type { Bucket } from "#layers/services/KeyValue.ts"
import type { BufferedRow, makeRowFolder } from "./rowFolder.ts"
import type { RowSource } from "./rowSource.ts"
import type { SizeCheckedRows } from "./sizeCheckedRows.ts"

const writeChunkSize = 512
const writeConcurrency = 2

export interface RowWriterOptions {
  readonly bucket: Bucket
  readonly rowFolder: ReturnType<typeof makeRowFolder>
  readonly sizeChecked: SizeCheckedRows
  /** With it, events are never folded into rows that this view did not write. */
  readonly source?: RowSource | undefined
}

/** Writes changed rows to their bucket by revision, in chunks. */
export const makeRowWriter = ({ bucket, rowFolder, sizeChecked, source }: RowWriterOptions) => {
  /** Rows with events that are not written yet, the one that changed longest ago first. */
  const changed = new Set<BufferedRow>()

  const markChanged = (row: BufferedRow, changedAt: number): void => {
    row.changedAt = changedAt
    changed.delete(row)
    changed.add(row)
  }

  const dueOf = (maxChangedAt: number) => {
    const due: Array<BufferedRow> = []
    for (const row of changed) {
      if (row.changedAt > maxChangedAt) break
      due.push(row)
    }
    return due
  }

  /** A row that is new here was removed before, or a row is too large and is measured from now on. */
  const noteWriteError = (error: Effect.Error<ReturnType<Bucket["putAll"]>>) =>
    Effect.sync(() => {
      if (error._tag === "ValueTooLarge") sizeChecked.measure(error.key)
      if (error._tag !== "RevisionChanged" || error.removalRevision === undefined) return
      source?.integrity.removalRevisions.set(error.key, error.removalRevision)
    })

  /** Writes rows as they are now; a row that changes meanwhile is written again later. */
  const writeChunk = (due: ReadonlyArray<BufferedRow>) =>
    Effect.suspend(() => {
      const pendingEvents = due.map((row) => row.pendingEvent)
      const writer = source?.integrity.generation
      const now = due.map((row) => ({
        key: row.path,
        value: rowFolder.encodeRow(row),
        revision: row.revision,
        ...(writer !== undefined && { writer, isNew: row.revision === 0 })
      }))
      return Effect.map(Effect.tapError(bucket.putAll(now), noteWriteError), (revisions) =>
        due.forEach((row, n) => {
          if (source && row.revision === 0) source.integrity.createdCount++
          source?.integrity.removalRevisions.delete(row.path)
          row.revision = revisions[n]!
          if (row.pendingEvent !== pendingEvents[n]) return
          row.pendingEvent = undefined
          changed.delete(row)
        })
      )
    })

  /** Writes the rows whose `changedAt` is at most `maxChangedAt`. */
  const write = (maxChangedAt: () => number) =>
    Effect.suspend(() =>
      Effect.forEach(Array.chunksOf(dueOf(maxChangedAt()), writeChunkSize), writeChunk, {
        concurrency: writeConcurrency,
        discard: true
      })
    )

  return { markChanged, write }
}
