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

/** A standing is kept each time the log has grown by so much. */
export const snapshotInterval = 5_000

/** Who keeps them; what bears no such name was not counted. */
const writer = "counts"

const newestKey = "newest"
const snapshotKey = (position: number) => `at.${position}`

/** Hears how far a count has come. */
export type ReportCountProgress = (progress: Progress) => Effect.Effect<void>

type CountFailure = LogUnavailable | StoreUnavailable

/** Where the log stood, kept now and then, so that it is counted once and not by each process. What is kept is the same whoever keeps it. */
export const countSnapshots = (
  bucket: Bucket,
  reader: LogReader["Service"],
  classify: (subject: string) => SubjectKind,
  log: string
) => {
  const cache = new LRUCache<number, EventCounts>({ max: 1_000 })
  let hasKept = false

  const snapshotIn = (entry: Entry | undefined) =>
    entry?.writer === writer ? decodeSnapshot(log, entry.value) : undefined

  /** What is kept under a key. What cannot be read, or is of another position than its key says, is counted again. */
  const load = Effect.fnUntraced(
    function* (key: string) {
      const entry = yield* bucket.get(key)
      if (Option.isNone(entry)) return undefined
      const stored = snapshotIn(entry.value)
      if (stored && (key === newestKey || key === snapshotKey(stored.position))) return stored
      yield* Effect.logWarning(`The counts ${key} in the bucket ${totalsBucket} cannot be used; they are counted again`)
      return undefined
    },
    // A bucket that is gone is created again when counts are kept; one that is not reachable is no reason not to count.
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
    hasKept ||= key === newestKey
  })

  /** What is kept is a convenience: what is not is counted again. A bucket that is gone is created again. */
  const saveUnder = (keys: ReadonlyArray<string>, counts: EventCounts): Effect.Effect<void> => {
    const putAll = Effect.forEach(keys, (key) => store(key, counts), { discard: true })
    return Effect.catchTag(putAll, "StoreUnavailable", () => Effect.andThen(bucket.ensure, putAll)).pipe(
      Effect.catch(({ message }) => Effect.logDebug(`Counts were not kept: ${message}`))
    )
  }

  const save = (counts: EventCounts) =>
    Effect.suspend(() => {
      cache.set(counts.position, counts)
      return saveUnder([snapshotKey(counts.position), newestKey], counts)
    })

  /** The newest standing that was kept of a log that ends at a position; one that is ahead of it is forgotten. */
  const last = Effect.fnUntraced(function* (end: number) {
    const counts = yield* load(newestKey)
    hasKept ||= counts !== undefined
    if (counts === undefined || counts.position <= end) return counts ?? emptyCounts
    yield* Effect.logWarning(`The counts ${newestKey} are ahead of the log: ${counts.position}; they are counted again`)
    yield* Effect.ignore(bucket.remove(newestKey))
    return emptyCounts
  })

  /** Counts a stretch of messages on top, and hands over each standing that is to be kept. */
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
    /** Whether the next process finds where to go on from, if this one has kept or found that. */
    isNewestSaved: Effect.suspend(() =>
      hasKept ? Effect.map(bucket.get(newestKey), Option.isSome) : Effect.succeed(true)
    ),
    /** Keeps a standing as the newest, from which the next process goes on. */
    saveNewest: (standing: EventCounts) => saveUnder([newestKey], standing),
    add,
    /** How the log stood at a position that it has reached. */
    at
  }
}

export type CountSnapshots = ReturnType<typeof countSnapshots>
