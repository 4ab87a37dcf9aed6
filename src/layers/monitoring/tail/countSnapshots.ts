import { Effect } from "effect"
import { LRUCache } from "lru-cache"
import type { SubjectKind } from "#layers/codec/subjectClassifier.ts"
import type { Progress } from "#layers/contract/operationsSchema.ts"
import { forEachLogPage } from "#layers/monitoring/scans/logPages.ts"
import { yieldToEventLoop } from "#layers/monitoring/scans/yieldToEventLoop.ts"
import type { LogUnavailable } from "#layers/services/EventLog.ts"
import type { Bucket, StoreUnavailable } from "#layers/services/KeyValue.ts"
import type { LogMessage, LogReader } from "#layers/services/LogReader.ts"
import { emptyCounts, type EventCounts, EventCounter } from "./EventCounts.ts"
import { snapshotStore } from "./snapshotStore.ts"

/** How many positions of the log are between two snapshots. */
export const snapshotInterval = 5_000

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
  const store = snapshotStore(bucket, log)

  const save = (counts: EventCounts) =>
    Effect.suspend(() => {
      cache.set(counts.position, counts)
      return store.save(counts)
    })

  /** Counts messages, and answers with the snapshots that are due. */
  const add = (counter: EventCounter, messages: ReadonlyArray<LogMessage>): ReadonlyArray<EventCounts> => {
    const due: Array<EventCounts> = []
    for (const message of messages) {
      const { isAuxiliary, type } = classify(message.subject)
      if (isAuxiliary) counter.skip(message)
      else counter.add(type, message)
      if (message.position % snapshotInterval === 0) due.push(counter.snapshot())
    }
    return due
  }

  /** The last snapshot up to a position; empty counts if there is none. */
  const nearest = Effect.fnUntraced(function* (position: number) {
    for (let at = position - (position % snapshotInterval); at > 0; at -= snapshotInterval) {
      const counts = cache.get(at) ?? (yield* store.at(at))
      if (counts === undefined) continue
      cache.set(at, counts)
      return counts
    }
    return emptyCounts
  })

  /** The counts at a position that the log has reached. `report` receives the progress of reading. */
  const at = Effect.fnUntraced(function* (
    position: number,
    report: ReportCountProgress = () => Effect.void
  ): Effect.fn.Return<EventCounts, CountFailure> {
    const counter = new EventCounter(yield* nearest(position))
    const begin = counter.position
    const countPage = Effect.fnUntraced(function* (page: ReadonlyArray<LogMessage>) {
      for (const counts of add(counter, page)) yield* save(counts)
      yield* report({ done: counter.position - begin, of: position - begin })
      yield* yieldToEventLoop
    })
    yield* forEachLogPage(reader, begin, position, countPage)
    return counter.snapshot()
  })

  return { last: store.last, isNewestSaved: store.isNewestSaved, saveNewest: store.saveNewest, save, add, at }
}

export type CountSnapshots = ReturnType<typeof countSnapshots>
