import { Board } from "#domain/model/index.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { subjectClassifier } from "#layers/codec/subjectClassifier.ts"
import type { Counts } from "#layers/contract/eventSchema.ts"
import { type MatchByType, matches } from "#layers/monitoring/search/fieldIndex.ts"
import { toCount, type EventCounts } from "#layers/monitoring/tail/EventCounts.ts"
import type { LogTail } from "#layers/monitoring/tail/LogTail.ts"
import type { LogMessage } from "#layers/services/LogReader.ts"

/** Selects events of the log; without conditions, all events. */
export interface EventFilter {
  readonly lanes?: ReadonlyArray<string> | undefined
  readonly types?: ReadonlyArray<string> | undefined
  readonly correlationId?: string | undefined
  /** Only these types of events, with these values. */
  readonly values?: MatchByType | undefined
  /** Also copies of events in further boundaries: in one event stream they are its events. */
  readonly copies?: boolean | undefined
  /** Only how many events there are of each type, never the events: for callers who may not read the log. */
  readonly countsOnly?: boolean | undefined
}

export type FeedItem =
  | { readonly _tag: "Facts"; readonly events: ReadonlyArray<LogMessage> }
  | { readonly _tag: "Counts"; readonly counts: Counts }

/** Events per second, and in one burst, above which a listener receives counts instead. */
const maxEventsPerSecond = 200

/** Events per second for all listeners together: each write costs time that commands need. */
const maxTotalEventsPerSecond = 20_000

/** Events per second for each of this many listeners. */
export const eventsPerSecond = (listeners: number): number =>
  Math.min(maxEventsPerSecond, maxTotalEventsPerSecond / Math.max(1, listeners))

/** The shortest interval between two counts. */
export const countsIntervalMillis = 250

/** Predicates on messages and on types of events, by a filter. */
export const filterMatcher = (
  board: Board.Any,
  { copies = false, correlationId, lanes, types, values }: EventFilter
) => {
  const classify = subjectClassifier(board)
  const matchesKind = ({ lane, type }: ReturnType<typeof classify>) =>
    (lanes === undefined || (lane !== undefined && lanes.includes(lane))) &&
    (types === undefined || types.includes(type)) &&
    (values === undefined || values.has(type))
  const matchesAnyKind = lanes === undefined && types === undefined && values === undefined
  const hasValues = (logged: LogMessage) => {
    const match = values?.get(classify(logged.subject).type)
    return match === undefined || matches(logged.data(), match)
  }
  const laneOfType = Board.laneOf(board)
  return {
    message: (logged: LogMessage) =>
      (copies || !Subject.isAuxiliary(logged.subject)) &&
      (matchesAnyKind || matchesKind(classify(logged.subject))) &&
      (correlationId === undefined || logged.attributes()["correlationid"] === correlationId) &&
      hasValues(logged),
    type: (type: string) => matchesKind({ type, lane: laneOfType.get(type)?.name })
  }
}

/** The state of one listener. Listeners with the same filter at the same point share one state. */
export interface ListenerState {
  /** Everything up to here was sent. */
  readonly position: number
  /** How many events may be sent at once. */
  readonly budget: number
  /** When the state was last updated, in monotonic milliseconds. */
  readonly time: number
  /** The last item was counts: the next one comes after a pause. */
  readonly isCounting: boolean
}

/** The state of a listener that has received everything up to a position. */
export const initialStateAt = (position: number, now: number): ListenerState => ({
  position,
  budget: maxEventsPerSecond,
  time: now,
  isCounting: false
})

/** How many events may be sent at once at a time: the budget grows back, up to `perSecond`. */
export const budgetAt = ({ budget, time }: ListenerState, now: number, perSecond: number): number =>
  Math.min(perSecond, budget + ((now - time) * perSecond) / 1_000)

/** Whether an item may be sent now: counts come four times a second at most. */
export const isDue = (state: ListenerState, now: number): boolean =>
  !state.isCounting || now >= state.time + countsIntervalMillis

/**
 * Reads the next item after a state, for listeners with the same filter: events, or counts if the events are too many or too
 * old. Nothing is buffered for a slow listener, which receives counts.
 */
export const feedItemReader = (board: Board.Any, logTail: LogTail["Service"], filter: EventFilter) => {
  const matcher = filterMatcher(board, filter)

  const changedCounts = (since: number, { position, byType }: EventCounts): Counts => ({
    since,
    position,
    types: Object.fromEntries(
      Array.from(byType).flatMap(([type, typeCount]) =>
        typeCount.position > since && matcher.type(type) ? [[type, toCount(typeCount)]] : []
      )
    )
  })

  return (state: ListenerState, now: number, perSecond: number): readonly [FeedItem, ListenerState] => {
    const { messages, counts: eventCounts } = logTail.since(state.position)
    const budget = budgetAt(state, now, perSecond)
    const events = messages?.filter(matcher.message)
    const next = { position: eventCounts.position, time: now }
    return events && events.length <= budget && (!filter.countsOnly || events.length === 0)
      ? [
          { _tag: "Facts", events },
          { ...next, budget: budget - events.length, isCounting: false }
        ]
      : [
          { _tag: "Counts", counts: changedCounts(state.position, eventCounts) },
          { ...next, budget, isCounting: true }
        ]
  }
}
