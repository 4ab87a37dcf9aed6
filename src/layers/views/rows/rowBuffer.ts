import { Effect, Option } from "effect"
import { blockedReason } from "#layers/deadLetters/DeadLetter.ts"
import { failureReason } from "#layers/processors/failureReason.ts"
import { type EventEnvelope, isUndecodable } from "#layers/services/EventLog.ts"
import { FailPoint } from "#layers/services/FailPoint.ts"
import type { Bucket, Entry } from "#layers/services/KeyValue.ts"
import type { Subscription } from "#layers/services/Subscriptions.ts"
import { deadLetterCollector, type ReplayEntry } from "#layers/views/deadLetterCollector.ts"
import type { RowChange } from "./rowChanges.ts"
import type { BufferedRow, RowFolder } from "./rowFolder.ts"
import type { RowSource } from "./rowSource.ts"
import { rowWriter } from "./rowWriter.ts"

const readConcurrency = 256

/** A row that has not changed for this many events of a replay is written while more events are read. */
export const idleThreshold = 10_000

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

/** A row, and the events of an entry that are folded into it. */
interface Target {
  /** `undefined` if it is not loaded yet. */
  readonly row: BufferedRow | undefined
  readonly events: RowChange["events"]
}

/** Folds an entry into all its rows, or into none if that throws. Returns the rows that changed. */
const foldAll = (rowFolder: RowFolder, entry: EventEnvelope, targets: ReadonlyArray<Target>) => {
  const before = targets.length > 1 ? targets.map(({ row }) => ({ ...row })) : []
  try {
    return targets.flatMap(({ events, row }) => (rowFolder.fold(row!, entry, events) ? [row!] : []))
  } catch (error) {
    for (const [n, each] of before.entries()) Object.assign(targets[n]!.row!, each)
    throw error
  }
}

/** Buffers rows in memory: events are folded into them in the log's order, and each row is written once, by revision. */
export const makeRowBuffer = (options: RowBufferOptions, isBucketEmpty: boolean) => {
  const { rowFolder } = options
  const load = rowLoader(options)
  const { markChanged, write } = rowWriter(options)
  const deadLetters = deadLetterCollector(options.subscription, options.blockedStreams)
  const rows = new Map<string, BufferedRow>()
  let isEmpty = isBucketEmpty
  let entryCount = 0

  /** The row of a change; one that is not loaded yet is added to `missing`. */
  const rowOf = ({ events: [event], path }: RowChange, missing: Map<string, unknown>): BufferedRow | undefined => {
    const loaded = rows.get(path)
    if (loaded) return loaded
    if (isEmpty) rows.set(path, rowFolder.newRow(path, event))
    else missing.set(path, event)
    return rows.get(path)
  }

  /** `undefined` if the values of an event are no key of a row. */
  const targetsOf = (entry: EventEnvelope, missing: Map<string, unknown>): ReadonlyArray<Target> | undefined =>
    rowFolder.tryChangesOf(entry)?.map((change) => ({
      row: rowOf(change, missing),
      events: change.events
    }))

  const add = (page: ReadonlyArray<ReplayEntry>) =>
    Effect.suspend(() => {
      const missing = new Map<string, unknown>()
      const findTargets = () => page.map((each) => (isUndecodable(each) ? undefined : targetsOf(each, missing)))
      const addAll = (targets: ReadonlyArray<ReadonlyArray<Target> | undefined>) =>
        page.forEach((each, n) => addOne(each, targets[n]))
      const targets = findTargets()
      return missing.size === 0
        ? Effect.sync(() => addAll(targets))
        : Effect.map(load(rows, missing, page[0]!.position), () => addAll(findTargets()))
    })

  const addOne = (entry: ReplayEntry, targets: ReadonlyArray<Target> | undefined) => {
    entryCount++
    if (isUndecodable(entry)) return deadLetters.add(entry, entry.reason)
    if (deadLetters.isBlocked(entry)) return deadLetters.add(entry, blockedReason)
    try {
      // Without targets, the event's values are no key of a row, and `changesOf` throws why.
      if (!targets) return void rowFolder.changesOf(entry)
      for (const row of foldAll(rowFolder, entry, targets)) markChanged(row, entryCount)
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
