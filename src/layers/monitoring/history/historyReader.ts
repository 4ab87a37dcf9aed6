import { Effect } from "effect"
import { type Board, Boundary } from "#domain/model/index.ts"
import type { EventPage, EventView } from "#layers/contract/eventSchema.ts"
import { type EventFilter, filterMatcher } from "#layers/monitoring/feed/feedItems.ts"
import { forEachLogPage } from "#layers/monitoring/scans/logPages.ts"
import { ScanBudget } from "#layers/monitoring/scans/ScanBudget.ts"
import { forEachInSlices } from "#layers/monitoring/scans/yieldToEventLoop.ts"
import { streamIdsOf } from "#layers/monitoring/search/fieldIndex.ts"
import { correlationKey, idKey } from "#layers/monitoring/tail/LinkFilter.ts"
import type { StillCounting, LogTail } from "#layers/monitoring/tail/LogTail.ts"
import type { LogUnavailable } from "#layers/services/EventLog.ts"
import type { StoreUnavailable } from "#layers/services/KeyValue.ts"
import type { LogMessage, LogReader } from "#layers/services/LogReader.ts"
import { pageStartOf, positionSkipper } from "./positionSkipper.ts"
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
const maxScannedEvents = 20_000

/** The most event streams that are read completely for one answer. */
const maxStreams = 8

/** How many events are decoded in one slice. */
const decodeSliceSize = 20

type HistoryFailure = StillCounting | LogUnavailable | StoreUnavailable

/** Predicates on messages and on types of events, by the filter and the id of a query. */
const queryMatcher = (board: Board.Any, { id, ...filter }: HistoryQuery) => {
  const matcher = filterMatcher(board, filter)
  return id === undefined
    ? matcher
    : { ...matcher, message: (logged: LogMessage) => logged.attributes()["id"] === id && matcher.message(logged) }
}

/** The keys of the link index that every event of a query has. */
const linkKeysOf = ({ correlationId, id }: HistoryQuery): ReadonlyArray<string> => [
  ...(correlationId === undefined ? [] : [correlationKey(correlationId)]),
  ...(id === undefined ? [] : [idKey(id)])
]

/** The query with values of the requested types only. */
const withRequestedTypes = (query: HistoryQuery): HistoryQuery => {
  const { types, values } = query
  if (!values || !types) return query
  return { ...query, values: new Map([...values].filter(([type]) => types.includes(type))) }
}

/** Reads pages of past events, newest first. */
export const historyReader = (board: Board.Any, logTail: LogTail["Service"], reader: LogReader["Service"]) => {
  const toView = toEventView(board)
  const toPage = Effect.fnUntraced(function* (found: ReadonlyArray<LogMessage>, limit: number, older: number | null) {
    const events: Array<EventView> = []
    yield* forEachInSlices(found.slice(0, limit), (logged) => void events.push(toView(logged)), decodeSliceSize)
    const page: EventPage = { facts: events, next: found.length > limit ? events.at(-1)!.position : older }
    return page
  })

  const searchStreams = Effect.fnUntraced(function* (
    streamIds: ReadonlyArray<Boundary.StreamId>,
    query: HistoryQuery
  ): Effect.fn.Return<EventPage, HistoryFailure> {
    const { before = Number.POSITIVE_INFINITY, limit } = query
    const all = yield* Effect.forEach(streamIds, reader.readStream)
    const matcher = queryMatcher(board, query)
    const found = all.flat().filter((logged) => logged.position < before && matcher.message(logged))
    return yield* toPage(
      found.sort((a, b) => b.position - a.position),
      limit,
      null
    )
  })

  const searchLog = Effect.fnUntraced(function* (query: HistoryQuery): Effect.fn.Return<EventPage, HistoryFailure> {
    const { before = Number.POSITIVE_INFINITY, lanes, limit, types, values } = query
    const matcher = queryMatcher(board, query)
    const keys = linkKeysOf(query)
    const isNarrow = [lanes, types, values, keys[0]].some((choice) => choice !== undefined)
    const counts = yield* logTail.counts
    const budget = new ScanBudget(maxScannedEvents)
    const skip = positionSkipper(logTail, { isType: matcher.type, keys }, counts, budget)
    const found: Array<LogMessage> = []
    let end = Math.min(counts.position, before - 1)
    while (end > 0 && !budget.isSpent && found.length <= limit) {
      end = yield* skip(end)
      const from = isNarrow ? pageStartOf(end) : Math.max(0, end - (limit + 1))
      const page: Array<LogMessage> = []
      yield* forEachLogPage(reader, from, end, (part) => Effect.sync(() => void page.push(...part)))
      budget.spend(Math.max(1, page.length))
      const matching: Array<LogMessage> = []
      yield* forEachInSlices(page, (logged) => void (matcher.message(logged) && matching.push(logged)))
      // Keeps no more events in memory than the answer has.
      found.push(...matching.toReversed().slice(0, limit + 1 - found.length))
      end = from
    }
    return yield* toPage(found, limit, end > 0 ? end + 1 : null)
  })

  return (requested: HistoryQuery): Effect.Effect<EventPage, HistoryFailure> => {
    const query = withRequestedTypes({ ...requested, copies: requested.streamId !== undefined })
    const streamIds = query.streamId ? [query.streamId] : query.values && streamIdsOf(board, query.values)
    return streamIds && streamIds.length <= maxStreams ? searchStreams(streamIds, query) : searchLog(query)
  }
}
