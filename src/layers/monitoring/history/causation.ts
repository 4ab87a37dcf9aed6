import { Effect } from "effect"
import type { Board } from "#domain/model/index.ts"
import type { Causation } from "#layers/contract/eventSchema.ts"
import { ScanBudget } from "#layers/monitoring/scans/ScanBudget.ts"
import { correlationKey, idKey } from "#layers/monitoring/tail/LinkFilter.ts"
import type { StillCounting, LogTail } from "#layers/monitoring/tail/LogTail.ts"
import type { LogUnavailable } from "#layers/services/EventLog.ts"
import type { StoreUnavailable } from "#layers/services/KeyValue.ts"
import type { LogMessage, LogReader } from "#layers/services/LogReader.ts"
import { CausationEvents } from "./CausationEvents.ts"
import { causesOf, isExplained, type Link, linkOf, maxSteps, nearestSteps, stepsOf } from "./causationSteps.ts"
import { pagesAround, pageSearcher, type SearchedRange } from "./pageSearcher.ts"
import { toEventView } from "./toEventView.ts"

/** The most events that one answer reads, unrelated ones on the same pages included. */
const maxReadEvents = 20_000

/** The most causes outside of the correlation that are searched for. */
const maxCauses = 50

type CausationFailure = StillCounting | LogUnavailable | StoreUnavailable

type SearchPages = ReturnType<typeof pageSearcher>

/** Adds the events of the correlation of an event. */
const addCorrelation = (
  search: SearchPages,
  events: CausationEvents,
  { correlationid, position }: Link,
  newest: number
): Effect.Effect<SearchedRange, LogUnavailable | StoreUnavailable> =>
  correlationid === undefined
    ? Effect.succeed({ from: position, upTo: position, whole: true })
    : search(
        correlationKey(correlationid),
        pagesAround(position, 1, newest),
        newest,
        (logged) => events.addIfCorrelated(logged, correlationid),
        () => events.isTruncated
      )

/** Searches the missing causes of events by their id, backwards from the event: at most `maxCauses` for one answer. */
const causeFinder = (search: SearchPages, events: CausationEvents) => {
  let searched = 0
  return Effect.fnUntraced(function* (
    event: Pick<Link, "position"> & Partial<Pick<Link, "causationid" | "commandid">>
  ) {
    const { causationid, position } = event
    if (causationid === undefined || !events.lacksCause(event) || searched++ >= maxCauses) return undefined
    let cause: LogMessage | undefined
    const visit = (logged: LogMessage) => {
      if (logged.attributes()["id"] === causationid) cause = logged
    }
    yield* search(idKey(causationid), pagesAround(position, 1, position), position, visit, () => cause !== undefined)
    if (cause) events.addLink(linkOf(cause))
    return cause
  })
}

/** Adds the chain of causes of an event, also across correlations. */
const addCauses = Effect.fnUntraced(function* (
  events: CausationEvents,
  event: Link,
  findCause: ReturnType<typeof causeFinder>
) {
  for (let at: Link | undefined = event; at;) {
    const found: LogMessage | undefined = yield* findCause(at)
    if (found) events.add(found, linkOf(found))
    const cause: Link | undefined = events.links.get(at.causationid ?? "")
    at = cause && cause.position < at.position ? cause : undefined
  }
})

/**
 * Explains an event: the commands and events of its correlation, and their causes. An index tells which pages of the log may
 * contain them; other events on these pages are dropped.
 */
export const explainCausation = (board: Board.Any, logTail: LogTail["Service"], reader: LogReader["Service"]) => {
  const toView = toEventView(board)

  /** The causation of the event at a position; `undefined` if there is no event. */
  return Effect.fnUntraced(function* (
    position: number,
    newest: number
  ): Effect.fn.Return<Causation | undefined, CausationFailure> {
    const [logged] = yield* reader.readPage(position - 1, position)
    if (!logged) return undefined
    const search = pageSearcher(reader, yield* logTail.links, new ScanBudget(maxReadEvents))
    const event = linkOf(logged)
    const events = new CausationEvents(toView)
    events.add(logged, event)
    const { from, upTo, whole } = yield* addCorrelation(search, events, event, newest)
    const findCause = causeFinder(search, events)
    yield* addCauses(events, event, findCause)
    for (const each of events.views) yield* findCause(each)

    const all = [...events.views].sort((a, b) => a.position - b.position)
    const steps = stepsOf(all, events.links)
    return {
      position,
      correlationId: event.correlationid ?? "",
      steps: nearestSteps(steps, position),
      chain: [...causesOf(event, events.links).toReversed(), position],
      looked: { from, upTo },
      complete: whole && !events.isTruncated && steps.length <= maxSteps && steps.every(isExplained)
    }
  })
}
