import { Array, Effect } from "effect"
import type { Bucket } from "#layers/services/KeyValue.ts"
import type { BufferedRow, RowFolder } from "./rowFolder.ts"
import type { RowSource } from "./rowSource.ts"

const writeChunkSize = 512
const writeConcurrency = 2

interface RowWriterOptions {
  readonly bucket: Bucket
  readonly rowFolder: RowFolder
  readonly source?: RowSource | undefined
}

/** Writes changed rows to their bucket by revision, in chunks. */
export const rowWriter = ({ bucket, rowFolder, source }: RowWriterOptions) => {
  /** Rows with events that are not written yet, the one that changed longest ago first. */
  const changed = new Set<BufferedRow>()

  const markChanged = (row: BufferedRow, changedAt: number): void => {
    row.changedAt = changedAt
    changed.delete(row)
    changed.add(row)
  }

  const dueOf = (maxChangedAt: number) => {
    const due: globalThis.Array<BufferedRow> = []
    for (const row of changed) {
      if (row.changedAt > maxChangedAt) break
      due.push(row)
    }
    return due
  }

  /** A row that is new here was removed before, or a row is too large and is measured from now on. */
  const noteWriteError = (error: Effect.Error<ReturnType<Bucket["putAll"]>>) =>
    Effect.sync(() => {
      if (error._tag === "ValueTooLarge") rowFolder.measure(error.key)
      if (error._tag !== "RevisionChanged" || error.removalRevision === undefined) return
      source?.integrity.removalRevisions.set(error.key, error.removalRevision)
    })

  const markWritten = (row: BufferedRow, revision: number, written: BufferedRow["pendingEvent"]) => {
    if (source && row.revision === 0) source.integrity.createdCount++
    source?.integrity.removalRevisions.delete(row.path)
    row.revision = revision
    if (row.pendingEvent !== written) return
    row.pendingEvent = undefined
    changed.delete(row)
  }

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
      const creating = due.filter(({ revision }) => revision === 0).length
      if (source) source.integrity.creatingCount += creating
      return bucket.putAll(now).pipe(
        Effect.map((revisions) => due.forEach((row, n) => markWritten(row, revisions[n]!, pendingEvents[n]))),
        Effect.tapError(noteWriteError),
        Effect.ensuring(
          Effect.sync(() => {
            if (source) source.integrity.creatingCount -= creating
          })
        )
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
