import { Array, Effect, Option, Result } from "effect"
import * as Subject from "#layers/codec/Subject.ts"
import { waits } from "#layers/deadLetters/DeadLetter.ts"
import type { NewDeadLetter } from "#layers/deadLetters/DeadLetters.ts"
import { failureReason } from "#layers/processors/failureReason.ts"
import {
  isUndecodable,
  type LogUnavailable,
  type EventEnvelope,
  type UndecodableEvent
} from "#layers/services/EventLog.ts"
import { FailPoint } from "#layers/services/FailPoint.ts"
import type { Bucket } from "#layers/services/KeyValue.ts"
import type { Subscription } from "#layers/services/Subscriptions.ts"
import type { BufferedRow, makeRowFolder } from "./rowFolder.ts"
import type { RowIntegrity } from "./RowIntegrity.ts"
import type { SizeCheckedRows } from "./sizeCheckedRows.ts"

/** Rows that are read at once, and that are written at once, in so many pieces. */
const readConcurrency = 256
const writeChunkSize = 512
const writeConcurrency = 2

/** A row that has not changed for so many facts of a replay is written while more is read. */
export const idleThreshold = 10_000

/** What a view meets in the log. */
export type ReplayEntry = EventEnvelope | UndecodableEvent

/** A message that is set aside: it cannot be taken, or waits for one that cannot. */
const deadLetterOf = (
  { name: by, types }: Subscription,
  entry: ReplayEntry,
  reason: string,
  isBlocked: boolean
): NewDeadLetter => ({
  by,
  place: entry.streamId,
  position: entry.position,
  type: isUndecodable(entry) ? Subject.typeName(types, entry.subject) : entry.event._tag,
  reason,
  attempts: isBlocked ? 0 : 1,
  behind: isBlocked
})

/** Whose rows they are, and where. */
export interface RowBufferOptions {
  readonly subscription: Subscription
  readonly bucket: Bucket
  /** The places in which something is set aside already. */
  readonly blockedStreams: () => ReadonlySet<string>
  readonly rowFolder: ReturnType<typeof makeRowFolder>
  readonly sizeChecked: SizeCheckedRows
  /** Rows that are not what this view wrote are never folded upon. */
  readonly source?: RowSource | undefined
}

/** What tells which rows can be folded upon, and what the others are up to a position. */
export interface RowSource {
  readonly integrity: RowIntegrity
  readonly foldBefore: (
    paths: ReadonlySet<string>,
    position: number
  ) => Effect.Effect<ReadonlyMap<string, BufferedRow>, LogUnavailable>
}

/** Rows in memory: facts are folded into them as they come, and each row is written once, by revision. */
export const makeRowBuffer = (
  { subscription, bucket, blockedStreams, rowFolder, sizeChecked, source }: RowBufferOptions,
  isBucketEmpty: boolean
) => {
  const { fold, measure } = sizeChecked
  const { fromEntry, pathOf, newRow, encodeRow } = rowFolder

  const rows = new Map<string, BufferedRow>()
  /** Those that have news, the one that changed longest ago first. */
  const changed = new Set<BufferedRow>()
  const deadLetters = new Map<string, Array<NewDeadLetter>>()
  let isEmpty = isBucketEmpty
  let entryCount = 0

  const addDeadLetter = (entry: ReplayEntry, reason: string) => {
    const earlier = deadLetters.get(entry.streamId)
    const isBlocked = earlier !== undefined || blockedStreams().has(entry.streamId)
    deadLetters.set(entry.streamId, [
      ...(earlier ?? []),
      deadLetterOf(subscription, entry, isBlocked ? waits : reason, isBlocked)
    ])
  }

  const load = Effect.fnUntraced(function* (missing: ReadonlyMap<string, unknown>, beforePosition: number) {
    const unverified = new Map<string, number>()
    yield* Effect.forEach(
      missing,
      ([path, event]) =>
        Effect.map(bucket.get(path), (entry) => {
          const row = fromEntry(path, event, entry)
          const revision = row.revision || source?.integrity.removalRevisions.get(path)
          const isVerified = Option.match(entry, {
            onNone: () => revision === undefined,
            onSome: (stored) => row.decodeError === undefined && source?.integrity.isGenuine(stored) !== false
          })
          if (source && revision && !isVerified) unverified.set(path, revision)
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

  /** `undefined` if it is not loaded yet, or if the fact's words cannot name a row. */
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
        : Effect.map(load(missing, page[0]!.position), () => addAll(findRows()))
    })

  const addOne = (entry: ReplayEntry, row: BufferedRow | undefined) => {
    entryCount++
    if (isUndecodable(entry)) return addDeadLetter(entry, entry.reason)
    if (
      (deadLetters.size > 0 || blockedStreams().size > 0) &&
      (deadLetters.has(entry.streamId) || blockedStreams().has(entry.streamId))
    ) {
      return addDeadLetter(entry, waits)
    }
    try {
      // Without a row, the words of the fact name none, and this throws why.
      const target = row ?? newRow(pathOf(entry.event), entry.event)
      if (!fold(target, entry)) return
      target.changedAt = entryCount
      changed.delete(target)
      changed.add(target)
    } catch (error) {
      addDeadLetter(entry, failureReason(error))
    }
  }

  const dueOf = (maxChangedAt: number) => {
    const due: Array<BufferedRow> = []
    for (const row of changed) {
      if (row.changedAt > maxChangedAt) break
      due.push(row)
    }
    return due
  }

  /** Somebody removed a row that is taken for a new one here; or a row is too large, and is measured from now on. */
  const noteWriteError = (error: Effect.Error<ReturnType<Bucket["putAll"]>>) =>
    Effect.sync(() => {
      if (error._tag === "ValueTooLarge") measure(error.key)
      if (error._tag !== "RevisionChanged" || error.removalRevision === undefined) return
      source?.integrity.removalRevisions.set(error.key, error.removalRevision)
    })

  /** Writes rows as they are now; what changes meanwhile is written later. */
  const writeChunk = (due: ReadonlyArray<BufferedRow>) =>
    Effect.suspend(() => {
      const pendingEvents = due.map((row) => row.pendingEvent)
      const writer = source?.integrity.generation
      const now = due.map((row) => ({
        key: row.path,
        value: encodeRow(row),
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

  /** Writes the rows that changed last before so many facts were met. */
  const write = (maxChangedAt: () => number) =>
    Effect.suspend(() =>
      Effect.forEach(Array.chunksOf(dueOf(maxChangedAt()), writeChunkSize), writeChunk, {
        concurrency: writeConcurrency,
        discard: true
      })
    )

  /** Writes what is new, and takes what was set aside with it. */
  const flush = Effect.gen(function* () {
    yield* write(() => entryCount)
    const failPoint = yield* FailPoint
    failPoint("before-progress")
    rows.clear()
    isEmpty = false
    const newDeadLetters = [...deadLetters.values()].flat()
    deadLetters.clear()
    return newDeadLetters
  })

  return { add, flush, writeIdle: write(() => entryCount - idleThreshold), size: () => rows.size }
}
