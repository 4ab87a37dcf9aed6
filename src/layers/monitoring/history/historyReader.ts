import { Effect } from "effect"
import { type Board, Boundary } from "#domain/model/index.ts"
import type { EventPage, EventView } from "#layers/contract/eventSchema.ts"
import { type EventFilter, filterMatcher } from "#layers/monitoring/feed/feedItems.ts"
import { ScanBudget } from "#layers/monitoring/scans/ScanBudget.ts"
import { forEachInSlices, scanPageSize } from "#layers/monitoring/scans/yieldToEventLoop.ts"
import { streamIdsOf } from "#layers/monitoring/search/fieldIndex.ts"
import { snapshotInterval } from "#layers/monitoring/tail/countSnapshots.ts"
import type { EventCounts } from "#layers/monitoring/tail/EventCounts.ts"
import { correlationKey, filterSize, idKey } from "#layers/monitoring/tail/LinkFilter.ts"
import type { StillCounting, LogTail } from "#layers/monitoring/tail/LogTail.ts"
import type { LogUnavailable } from "#layers/services/EventLog.ts"
import type { StoreUnavailable } from "#layers/services/KeyValue.ts"
import { type LogMessage, type LogReader } from "#layers/services/LogReader.ts"
import { toEventView } from "./toEventView.ts"

export interface HistoryQuery extends EventFilter {
  readonly streamId?: Boundary.StreamId | undefined
  /** The event with this id. */
  readonly id?: string | undefined
  /** Only events before this position. */
  readonly before?: number | undefined
  readonly limit: number
}

/** The most events that one answer reads. */
export const maxScannedEvents = 20_000

/** The most pages whose filters one step of a search queries. */
const maxIndexPages = 5_000

/** The most event streams that are read completely for one answer. */
const maxStreams = 8

/** How many events are decoded in one slice. */
const decodeSliceSize = 20

/** The last position before the page of a position. */
const pageStartOf = (position: number) => Math.max(0, Math.ceil(position / filterSize) - 1) * filterSize

type HistoryFailure = StillCounting | LogUnavailable | StoreUnavailable

/** Reads pages of past events, newest first. */
export const historyReader = (board: Board.Any, logTail: LogTail["Service"], reader: LogReader["Service"]) => {
  const toView = toEventView(board)
  const matcherFor = ({ id, ...filter }: Omit<HistoryQuery, "before" | "limit" | "streamId">) => {
    const matcher = filterMatcher(board, filter)
    return id === undefined
      ? matcher
      : { ...matcher, message: (logged: LogMessage) => logged.attributes()["id"] === id && matcher.message(logged) }
  }
  const toPage = Effect.fnUntraced(function* (found: ReadonlyArray<LogMessage>, limit: number, older: number | null) {
    const events: Array<EventView> = []
    yield* forEachInSlices(found.slice(0, limit), (logged) => void events.push(toView(logged)), decodeSliceSize)
    const page: EventPage = { facts: events, next: found.length > limit ? events.at(-1)!.position : older }
    return page
  })

  /** All messages after one position up to another, at most a page of the index. The reader may return them in parts. */
  const pageBetween = Effect.fnUntraced(function* (from: number, end: number) {
    const all: Array<LogMessage> = []
    for (let after = from; after < end;) {
      const page: ReadonlyArray<LogMessage> = yield* reader.readPage(after, Math.min(end, after + scanPageSize))
      if (page.length === 0) break
      all.push(...page)
      after = page.at(-1)!.position
    }
    return all
  })

  const searchStreams = (
    streamIds: ReadonlyArray<Boundary.StreamId>,
    { before = Number.POSITIVE_INFINITY, limit, ...filter }: HistoryQuery
  ) =>
    Effect.flatMap(Effect.forEach(streamIds, reader.readStream), (all) => {
      const matcher = matcherFor(filter)
      const found = all.flat().filter((logged) => logged.position < before && matcher.message(logged))
      return toPage(
        found.sort((a, b) => b.position - a.position),
        limit,
        null
      )
    })

  /** The last position up to `end` that may have an event of these types, by the counts: it may be far before `end`. */
  const skipByCounts = Effect.fnUntraced(function* (
    matcher: ReturnType<typeof filterMatcher>,
    end: number,
    counts: EventCounts
  ) {
    const ceiling = Math.ceil(end / snapshotInterval) * snapshotInterval
    const { byType }: EventCounts = ceiling >= counts.position ? counts : yield* logTail.countsAt(ceiling)
    const newest = Array.from(byType, ([type, { position }]) => (matcher.type(type) ? position : 0))
    return Math.min(end, Math.max(0, ...newest))
  })

  /** A position up to `end` after which no event has a key, by the index: it may be far before `end`. */
  const skipByIndex = Effect.fnUntraced(function* (key: string, end: number, budget: ScanBudget) {
    const links = yield* logTail.links
    let at = end
    for (let n = 0; at > 0 && n < maxIndexPages && !budget.isSpent; n++) {
      if (yield* links.mightContain(key, at, budget)) break
      at = pageStartOf(at)
    }
    return at
  })

  const searchLog = Effect.fnUntraced(function* ({
    before,
    limit,
    ...filter
  }: HistoryQuery): Effect.fn.Return<EventPage, HistoryFailure> {
    const matcher = matcherFor(filter)
    const keys = [
      ...(filter.correlationId === undefined ? [] : [correlationKey(filter.correlationId)]),
      ...(filter.id === undefined ? [] : [idKey(filter.id)])
    ]
    const isNarrow = [filter.lanes, filter.types, filter.values, keys[0]].some((choice) => choice !== undefined)
    const counts = yield* logTail.counts
    const found: Array<LogMessage> = []
    const budget = new ScanBudget(maxScannedEvents)
    let end = Math.min(counts.position, (before ?? Number.POSITIVE_INFINITY) - 1)
    while (end > 0 && !budget.isSpent && found.length <= limit) {
      end = yield* skipByCounts(matcher, end, counts)
      for (const key of keys) end = yield* skipByIndex(key, end, budget)
      const from = isNarrow ? pageStartOf(end) : Math.max(0, end - (limit + 1))
      const page = yield* pageBetween(from, end)
      budget.spend(Math.max(1, page.length))
      const matching: Array<LogMessage> = []
      yield* forEachInSlices(page, (logged) => void (matcher.message(logged) && matching.push(logged)))
      // Keeps no more events in memory than the answer has.
      found.push(...matching.toReversed().slice(0, limit + 1 - found.length))
      end = from
    }
    return yield* toPage(found, limit, end > 0 ? end + 1 : null)
  })

  return ({ values, ...rest }: HistoryQuery): Effect.Effect<EventPage, HistoryFailure> => {
    const isRequestedType = ([type]: readonly [string, unknown]) =>
      rest.types === undefined || rest.types.includes(type)
    const query: HistoryQuery = values ? { ...rest, values: new Map([...values].filter(isRequestedType)) } : rest
    const streamIds = query.streamId ? [query.streamId] : query.values && streamIdsOf(board, query.values)
    return streamIds && streamIds.length <= maxStreams ? searchStreams(streamIds, query) : searchLog(query)
  }
}
