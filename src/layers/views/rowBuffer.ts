import { Effect, Option, Result } from "effect"
import { blockedReason } from "#layers/deadLetters/DeadLetter.ts"
import { failureReason } from "#layers/processors/failureReason.ts"
import { isUndecodable } from "#layers/services/EventLog.ts"
import { FailPoint } from "#layers/services/FailPoint.ts"
import type { Subscription } from "#layers/services/Subscriptions.ts"
import { deadLetterCollector, type ReplayEntry } from "./deadLetterCollector.ts"
import type { BufferedRow } from "./rowFolder.ts"
import { makeRowWriter, type RowWriterOptions } from "./rowWriter.ts"

const readConcurrency = 256

/** A row that has not changed for this many events of a replay is written while more events are read. */
export const idleThreshold = 10_000

export interface RowBufferOptions extends RowWriterOptions {
  readonly subscription: Subscription
  /** The event streams that have dead letters of this view already. */
  readonly blockedStreams: () => ReadonlySet<string>
}

/** Buffers rows in memory: events are folded into them in the log's order, and each row is written once, by revision. */
export const makeRowBuffer = (options: RowBufferOptions, isBucketEmpty: boolean) => {
  const { bucket, source } = options
  const { fromEntry, pathOf, newRow } = options.rowFolder
  const { fold } = options.sizeChecked
  const { markChanged, write } = makeRowWriter(options)
  const deadLetters = deadLetterCollector(options.subscription, options.blockedStreams)
  const rows = new Map<string, BufferedRow>()
  let isEmpty = isBucketEmpty
  let entryCount = 0

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
        : Effect.map(load(missing, page[0]!.position), () => addAll(findRows()))
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
