import { Array, Effect, Option, Result } from "effect"
import { blockedReason } from "#layers/deadLetters/DeadLetter.ts"
import { failureReason } from "#layers/processors/failureReason.ts"
import { isUndecodable, type LogUnavailable } from "#layers/services/EventLog.ts"
import { FailPoint } from "#layers/services/FailPoint.ts"
import type { Bucket, Entry } from "#layers/services/KeyValue.ts"
import type { Subscription } from "#layers/services/Subscriptions.ts"
import { deadLetterCollector, type ReplayEntry } from "#layers/views/deadLetterCollector.ts"
import type { BufferedRow, RowFolder } from "./rowFolder.ts"
import type { RowIntegrity } from "./RowIntegrity.ts"

const readConcurrency = 256
const writeChunkSize = 512
const writeConcurrency = 2

/** A row that has not changed for this many events of a replay is written while more events are read. */
export const idleThreshold = 10_000

/** Tells which stored rows events can be folded into, and folds the other rows from the log up to a position. */
export interface RowSource {
  readonly integrity: RowIntegrity
  readonly foldBefore: (
    paths: ReadonlySet<string>,
    position: number
  ) => Effect.Effect<ReadonlyMap<string, BufferedRow>, LogUnavailable>
}

export interface RowBufferOptions {
  readonly subscription: Subscription
  readonly bucket: Bucket
  readonly rowFolder: RowFolder
  /** The event streams that have dead letters of this view already. */
  readonly blockedStreams: () => ReadonlySet<string>
  /** With it, events are never folded into rows that this view did not write. */
  readonly source?: RowSource | undefined
}

/** Loads the rows of events from the bucket; those that another client wrote or removed are folded from the log. */
const rowLoader = ({ bucket, rowFolder: { fromEntry, newRow }, source }: RowBufferOptions) => {
  const isVerified = (entry: Option.Option<Entry>, { decodeError, revision }: BufferedRow) =>
    Option.match(entry, {
      onNone: () => revision === 0,
      onSome: (stored) => decodeError === undefined && source?.integrity.isGenuine(stored) !== false
    })

  return Effect.fnUntraced(function* (
    rows: Map<string, BufferedRow>,
    missing: ReadonlyMap<string, unknown>,
    beforePosition: number
  ) {
    const unverified = new Map<string, number>()
    yield* Effect.forEach(
      missing,
      ([path, event]) =>
        Effect.map(bucket.get(path), (entry) => {
          const row = fromEntry(path, event, entry)
          row.revision ||= source?.integrity.removalRevisions.get(path) ?? 0
          if (source && row.revision > 0 && !isVerified(entry, row)) unverified.set(path, row.revision)
          else rows.set(path, row)
        }),
      { concurrency: readConcurrency, discard: true }
    )
    if (!source || unverified.size === 0) return
    const folded = yield* source.foldBefore(new Set(unverified.keys()), beforePosition)
    for (const [path, revision] of unverified) {
      rows.set(path, { ...(folded.get(path) ?? newRow(path, missing.get(path))), revision })
    }
  })
}

/** Writes changed rows to their bucket by revision, in chunks. */
const rowWriter = ({ bucket, rowFolder, source }: RowBufferOptions) => {
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

/** Buffers rows in memory: events are folded into them in the log's order, and each row is written once, by revision. */
export const makeRowBuffer = (options: RowBufferOptions, isBucketEmpty: boolean) => {
  const { fold, newRow, pathOf } = options.rowFolder
  const load = rowLoader(options)
  const { markChanged, write } = rowWriter(options)
  const deadLetters = deadLetterCollector(options.subscription, options.blockedStreams)
  const rows = new Map<string, BufferedRow>()
  let isEmpty = isBucketEmpty
  let entryCount = 0

  /** `undefined` if the row is not loaded yet, or if the event's values are no key of a row. */
  const rowOf = (event: unknown, missing: Map<string, unknown>): BufferedRow | undefined => {
    const path = Result.getOrUndefined(Result.try(() => pathOf(event)))
    if (path === undefined) return undefined
    const loaded = rows.get(path)
    if (!loaded && isEmpty) rows.set(path, newRow(path, event))
    else if (!loaded) missing.set(path, event)
    return loaded ?? rows.get(path)
  }

  const add = (page: ReadonlyArray<ReplayEntry>) =>
    Effect.suspend(() => {
      const missing = new Map<string, unknown>()
      const findRows = () => page.map((each) => (isUndecodable(each) ? undefined : rowOf(each.event, missing)))
      const addAll = (rowsOfPage: ReadonlyArray<BufferedRow | undefined>) =>
        page.forEach((each, n) => addOne(each, rowsOfPage[n]))
      const rowsOfPage = findRows()
      return missing.size === 0
        ? Effect.sync(() => addAll(rowsOfPage))
        : Effect.map(load(rows, missing, page[0]!.position), () => addAll(findRows()))
    })

  const addOne = (entry: ReplayEntry, row: BufferedRow | undefined) => {
    entryCount++
    if (isUndecodable(entry)) return deadLetters.add(entry, entry.reason)
    if (deadLetters.isBlocked(entry)) return deadLetters.add(entry, blockedReason)
    try {
      // Without a row, the event's values are no key of one, and `pathOf` throws why.
      const target = row ?? newRow(pathOf(entry.event), entry.event)
      if (fold(target, entry)) markChanged(target, entryCount)
    } catch (error) {
      deadLetters.add(entry, failureReason(error))
    }
  }

  /** Writes all changed rows, and answers with the new dead letters. */
  const flush = Effect.gen(function* () {
    yield* write(() => entryCount)
    const failPoint = yield* FailPoint
    failPoint("before-progress")
    rows.clear()
    isEmpty = false
    return deadLetters.drain()
  })

  return { add, flush, writeIdle: write(() => entryCount - idleThreshold), size: () => rows.size }
}
