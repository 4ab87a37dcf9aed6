import { Effect, Option } from "effect"
import { LRUCache } from "lru-cache"
import type { SubjectKind } from "#layers/codec/subjectClassifier.ts"
import type { Progress } from "#layers/contract/operationsSchema.ts"
import { yieldToEventLoop, scanPageSize } from "#layers/monitoring/scans/yieldToEventLoop.ts"
import { totalsBucket } from "#layers/services/bucketNames.ts"
import type { LogUnavailable } from "#layers/services/EventLog.ts"
import type { Bucket, Entry, StoreUnavailable } from "#layers/services/KeyValue.ts"
import type { LogMessage, LogReader } from "#layers/services/LogReader.ts"
import { smallValueBucket } from "#layers/services/smallValueBucket.ts"
import { emptyCounts, decodeSnapshot, type EventCounts, EventCounter, encodeSnapshot } from "./EventCounts.ts"

/** How many positions of the log are between two snapshots. */
export const snapshotInterval = 5_000

/** The writer of all snapshots; entries of other writers are ignored. */
const writer = "counts"

const newestKey = "newest"
const snapshotKey = (position: number) => `at.${position}`

export type ReportCountProgress = (progress: Progress) => Effect.Effect<void>

type CountFailure = LogUnavailable | StoreUnavailable

/**
 * Stores snapshots of the counts at intervals, so that the log is counted once instead of by each process. Every process
 * stores the same snapshots.
 */
export const countSnapshots = (
  bucket: Bucket,
  reader: LogReader["Service"],
  classify: (subject: string) => SubjectKind,
  log: string
) => {
  const cache = new LRUCache<number, EventCounts>({ max: 1_000 })
  let hasStored = false

  const snapshotIn = (entry: Entry | undefined) =>
    entry?.writer === writer ? decodeSnapshot(log, entry.value) : undefined

  /** The snapshot under a key; undefined if it cannot be read, or is of another position than its key says. */
  const load = Effect.fnUntraced(
    function* (key: string) {
      const entry = yield* bucket.get(key)
      if (Option.isNone(entry)) return undefined
      const stored = snapshotIn(entry.value)
      if (stored && (key === newestKey || key === snapshotKey(stored.position))) return stored
      yield* Effect.logWarning(`The counts ${key} in the bucket ${totalsBucket} are not usable; counting again`)
      return undefined
    },
    // Counting does not need the bucket: it is created again if it is gone, and ignored while it is not reachable.
    Effect.catchTag("StoreUnavailable", () => Effect.as(Effect.ignore(bucket.ensure), undefined))
  )

  const store = Effect.fnUntraced(function* (key: string, counts: EventCounts) {
    const stored = Option.getOrUndefined(yield* bucket.get(key))
    const text = encodeSnapshot(log, counts)
    if ((snapshotIn(stored)?.position ?? -1) >= counts.position) return
    const revision = stored?.revision ?? 0
    yield* Effect.catchTag(
      smallValueBucket(bucket).put(key, text, revision, writer),
      "RevisionChanged",
      () => Effect.void
    )
    hasStored ||= key === newestKey
  })

  /** Failures are logged only: what is missing is counted again. A bucket that is gone is created again. */
  const saveUnder = (keys: ReadonlyArray<string>, counts: EventCounts): Effect.Effect<void> => {
    const putAll = Effect.forEach(keys, (key) => store(key, counts), { discard: true })
    return Effect.catchTag(putAll, "StoreUnavailable", () => Effect.andThen(bucket.ensure, putAll)).pipe(
      Effect.catch(({ message }) => Effect.logDebug(`The counts were not stored: ${message}`))
    )
  }

  const save = (counts: EventCounts) =>
    Effect.suspend(() => {
      cache.set(counts.position, counts)
      return saveUnder([snapshotKey(counts.position), newestKey], counts)
    })

  /** The newest snapshot of a log that ends at a position; a snapshot ahead of that is removed. */
  const last = Effect.fnUntraced(function* (end: number) {
    const counts = yield* load(newestKey)
    hasStored ||= counts !== undefined
    if (counts === undefined || counts.position <= end) return counts ?? emptyCounts
    yield* Effect.logWarning(`The counts ${newestKey} are ahead of the log, at ${counts.position}; counting again`)
    yield* Effect.ignore(bucket.remove(newestKey))
    return emptyCounts
  })

  /** Counts messages, and answers with the snapshots that are due. */
  const add = (counter: EventCounter, messages: ReadonlyArray<LogMessage>): ReadonlyArray<EventCounts> => {
    const due: Array<EventCounts> = []
    for (const message of messages) {
      counter.add(classify(message.subject).type, message)
      if (message.position % snapshotInterval === 0) due.push(counter.snapshot())
    }
    return due
  }

  const at = Effect.fnUntraced(function* (
    position: number,
    report: ReportCountProgress = () => Effect.void
  ): Effect.fn.Return<EventCounts, CountFailure> {
    let from: EventCounts | undefined = emptyCounts
    for (let below = position - (position % snapshotInterval); below > 0; below -= snapshotInterval) {
      from = cache.get(below) ?? (yield* load(snapshotKey(below)))
      if (from) {
        cache.set(below, from)
        break
      }
      from = emptyCounts
    }
    const counter = new EventCounter(from)
    const begin = counter.position
    while (counter.position < position) {
      const page: ReadonlyArray<LogMessage> = yield* reader.readPage(
        counter.position,
        Math.min(position, counter.position + scanPageSize)
      )
      if (page.length === 0) break
      for (const counts of add(counter, page)) yield* save(counts)
      yield* report({ done: counter.position - begin, of: position - begin })
      yield* yieldToEventLoop
    }
    return counter.snapshot()
  })

  return {
    last,
    save,
    /** Whether the newest snapshot is still in the bucket, if this process has stored or loaded one. */
    isNewestSaved: Effect.suspend(() =>
      hasStored ? Effect.map(bucket.get(newestKey), Option.isSome) : Effect.succeed(true)
    ),
    /** Stores counts as the newest, from which the next process continues. */
    saveNewest: (counts: EventCounts) => saveUnder([newestKey], counts),
    add,
    /** The counts at a position that the log has reached. */
    at
  }
}

export type CountSnapshots = ReturnType<typeof countSnapshots>
