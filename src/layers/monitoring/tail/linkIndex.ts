import { Effect, Option } from "effect"
import { LRUCache } from "lru-cache"
import { smallValueBucket } from "#layers/buckets/smallValueBucket.ts"
import { forEachLogPage } from "#layers/monitoring/scans/logPages.ts"
import { ScanBudget } from "#layers/monitoring/scans/ScanBudget.ts"
import { forEachInSlices } from "#layers/monitoring/scans/yieldToEventLoop.ts"
import type { LogUnavailable } from "#layers/services/EventLog.ts"
import { type Bucket, revisionOf, type StoreUnavailable } from "#layers/services/KeyValue.ts"
import type { LogMessage, LogReader } from "#layers/services/LogReader.ts"
import { snapshotInterval } from "./countSnapshots.ts"
import { CurrentStretch } from "./CurrentStretch.ts"
import { addToFilters, decodeFilters, emptyFilters, encodeFilters, filterIn, stretchEndOf } from "./stretchFilters.ts"

type LinkIndexFailure = LogUnavailable | StoreUnavailable

/** The most stretches in memory: 10 MB, for 2.5 million events. Others are read when they are needed. */
const maxStretches = 500

/** Between two stretches that are indexed in the background. */
const indexingPause = "20 millis"

/** The writer of all filters; entries of other writers are ignored. */
const writer = "links"

const stretchKey = (end: number) => `links.${end}`

/** The filters of full stretches in a bucket. */
const filterStore = (bucket: Bucket, log: string) => ({
  load: (last: LogMessage) =>
    Effect.map(bucket.get(stretchKey(last.position)), (entry) => {
      const stored = Option.getOrUndefined(entry)
      return stored?.writer === writer ? decodeFilters(log, last, stored.value) : undefined
    }),
  save: Effect.fnUntraced(
    function* (last: LogMessage, filters: Uint8Array) {
      const key = stretchKey(last.position)
      const text = encodeFilters(log, last, filters)
      const revision = revisionOf(yield* bucket.get(key))
      yield* smallValueBucket(bucket).put(key, text, revision, writer)
    },
    Effect.catchTag("RevisionChanged", () => Effect.void)
  )
})

/**
 * Tells which pages of the log may contain an event id or a correlation id, by a filter for each page of 1,000 positions.
 * The log tail builds them as it reads; those of each full stretch, 5,000 positions, are stored in a bucket, and rebuilt from
 * the log where they are missing. Commands pay nothing for it.
 */
export const linkIndex = (bucket: Bucket, reader: LogReader["Service"], log: string) => {
  const stretches = new LRUCache<number, Uint8Array>({ max: maxStretches })
  const store = filterStore(bucket, log)
  const current = new CurrentStretch()

  /** Indexes the next messages of the log; answers with the last message of each stretch that is full now. */
  const add = (messages: ReadonlyArray<LogMessage>): ReadonlyArray<LogMessage> => {
    const full: Array<LogMessage> = []
    for (const logged of messages) {
      const filters = current.add(logged)
      if (filters === undefined) continue
      stretches.set(logged.position, filters)
      full.push(logged)
    }
    return full
  }

  /** Stores the filters of the stretch that ends with a message, if they are in memory. */
  const save = (last: LogMessage): Effect.Effect<void, StoreUnavailable> => {
    const filters = stretches.get(last.position)
    return filters ? store.save(last, filters) : Effect.void
  }

  const rebuild = Effect.fnUntraced(function* (end: number, last: LogMessage, budget: ScanBudget) {
    const filters = emptyFilters()
    const reached = yield* forEachLogPage(reader, end - snapshotInterval, end, (page) => {
      budget.spend(page.length)
      return forEachInSlices(page, (logged) => addToFilters(filters, logged))
    })
    if (reached < end) return undefined
    yield* Effect.catchTag(store.save(last, filters), "StoreUnavailable", () => Effect.void)
    return filters
  })

  /** The filters of a stretch; `undefined` if it is not full yet and was not read from its beginning. */
  const filtersOf = Effect.fnUntraced(function* (
    end: number,
    budget: ScanBudget
  ): Effect.fn.Return<Uint8Array | undefined, LinkIndexFailure> {
    const cached = stretches.get(end)
    if (cached) return cached
    const [last] = yield* reader.readPage(end - 1, end)
    if (!last) return undefined
    const filters = (yield* store.load(last)) ?? (yield* rebuild(end, last, budget))
    if (filters) stretches.set(end, filters)
    return filters
  })

  /** Loads the filters up to a position, newest first, and rebuilds missing ones, slowly. */
  const loadUpTo = Effect.fnUntraced(function* (position: number): Effect.fn.Return<void, LinkIndexFailure> {
    let end = position - (position % snapshotInterval)
    for (let n = 0; end > 0 && n < maxStretches; n++, end -= snapshotInterval) {
      yield* filtersOf(end, new ScanBudget(Number.POSITIVE_INFINITY))
      yield* Effect.sleep(indexingPause)
    }
  })

  /** Whether the page of a position may contain an event with a key. */
  const mightContain = (key: string, position: number, budget: ScanBudget): Effect.Effect<boolean, LinkIndexFailure> =>
    current.includes(position)
      ? Effect.succeed(current.mightContain(key, position))
      : Effect.map(
          filtersOf(stretchEndOf(position), budget),
          (filters) => filters === undefined || filterIn(filters, position).mightContain(key)
        )

  return { add, save, mightContain, filtersOf, loadUpTo }
}

export type LinkIndex = ReturnType<typeof linkIndex>
