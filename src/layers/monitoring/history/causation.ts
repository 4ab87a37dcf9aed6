import { Effect } from "effect"
import type { Board } from "#domain/model/index.ts"
import type { EventView, Causation } from "#layers/contract/eventSchema.ts"
import { ScanBudget } from "#layers/monitoring/scans/ScanBudget.ts"
import { forEachInSlices, scanPageSize } from "#layers/monitoring/scans/yieldToEventLoop.ts"
import { correlationKey, filterSize, idKey } from "#layers/monitoring/tail/LinkFilter.ts"
import type { LinkIndex } from "#layers/monitoring/tail/linkIndex.ts"
import type { StillCounting, LogTail } from "#layers/monitoring/tail/LogTail.ts"
import type { LogUnavailable } from "#layers/services/EventLog.ts"
import type { StoreUnavailable } from "#layers/services/KeyValue.ts"
import { type LogMessage, type LogReader } from "#layers/services/LogReader.ts"
import { causesOf, isExplained, type Link, linkOf, maxSteps, nearestSteps, stepsOf } from "./causationSteps.ts"
import { toEventView } from "./toEventView.ts"

/** The most events that one answer reads, unrelated ones on the same pages included. */
const maxReadEvents = 20_000

/** The most pages of the log whose filters one answer queries. */
const maxIndexPages = 5_000

/** The most events of one correlation that an answer considers: those nearest to the requested event. */
const maxCorrelationEvents = 1_000

/** The most causes outside of the correlation that are searched for. */
const maxCauses = 50

type CausationFailure = StillCounting | LogUnavailable | StoreUnavailable

interface FoundEvent {
  readonly logged: LogMessage
  readonly link: Link
}

/** The last positions of the pages of a range, the page nearest to a position first. */
function* pagesAround(position: number, first: number, last: number) {
  const own = Math.ceil(position / filterSize) * filterSize
  yield own
  for (let away = filterSize; own - away >= first || own + away < last + filterSize; away += filterSize) {
    if (own - away >= first) yield own - away
    if (own + away < last + filterSize) yield own + away
  }
}

/** Reads the pages that may contain a key, until enough is found. A page is dropped after it was visited. */
const pageSearcher = (reader: LogReader["Service"], links: LinkIndex, budget: ScanBudget) =>
  Effect.fnUntraced(function* (
    key: string,
    pages: Iterable<number>,
    newest: number,
    visit: (logged: LogMessage) => void,
    isEnough: () => boolean
  ): Effect.fn.Return<{ readonly from: number; readonly upTo: number; readonly whole: boolean }, CausationFailure> {
    let [from, upTo, pagesAsked] = [Number.POSITIVE_INFINITY, 0, 0]
    for (const end of pages) {
      if (isEnough() || budget.isSpent || ++pagesAsked > maxIndexPages) return { from, upTo, whole: false }
      const [first, last] = [end - filterSize, Math.min(end, newest)]
      if (yield* links.mightContain(key, end, budget)) {
        for (let after = first; after < last;) {
          const page: ReadonlyArray<LogMessage> = yield* reader.readPage(after, Math.min(last, after + scanPageSize))
          if (page.length === 0) break
          budget.spend(page.length)
          yield* forEachInSlices(page, visit)
          after = page.at(-1)!.position
        }
      }
      from = Math.min(from, first + 1)
      upTo = Math.max(upTo, last)
    }
    return { from, upTo, whole: true }
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
    const budget = new ScanBudget(maxReadEvents)
    const search = pageSearcher(reader, yield* logTail.links, budget)
    const target = linkOf(logged)
    const viewByPosition = new Map<number, EventView>([[position, toView(logged)]])
    const byId = new Map<string, Link>()
    const registerLink = (link: Link) => link.id !== undefined && byId.set(link.id, link)
    registerLink(target)

    const { correlationid } = target
    let isTruncated = false
    const collect = (each: LogMessage) => {
      const link = linkOf(each)
      if (link.correlationid !== correlationid) return
      if (viewByPosition.size >= maxCorrelationEvents) isTruncated = true
      if (isTruncated) return
      registerLink(link)
      viewByPosition.set(each.position, toView(each))
    }
    const searchedRange =
      correlationid === undefined
        ? { from: position, upTo: position, whole: true }
        : yield* search(
            correlationKey(correlationid),
            pagesAround(position, 1, newest),
            newest,
            collect,
            () => isTruncated
          )

    /** Searches an event by its id, from a position backwards. */
    const find = Effect.fnUntraced(function* (id: string, before: number) {
      let found: FoundEvent | undefined
      const visit = (each: LogMessage) => {
        const link = linkOf(each)
        if (link.id === id) found = { logged: each, link }
      }
      yield* search(idKey(id), pagesAround(before, 1, before), before, visit, () => found !== undefined)
      if (found) registerLink(found.link)
      return found
    })
    const isMissing = ({
      causationid,
      commandid
    }: {
      causationid?: string | undefined
      commandid?: string | undefined
    }) => causationid !== undefined && causationid !== commandid && !byId.has(causationid)

    // The chain of causes is part of the answer, also across correlations.
    let causesSearched = 0
    for (let at: Link | undefined = target; at;) {
      const known: Link | undefined = byId.get(at.causationid ?? "")
      const cause: FoundEvent | undefined =
        isMissing(at) && causesSearched++ < maxCauses ? yield* find(at.causationid!, at.position) : undefined
      if (cause) viewByPosition.set(cause.link.position, toView(cause.logged))
      const next: Link | undefined = cause?.link ?? known
      at = next && next.position < at.position ? next : undefined
    }
    for (const part of viewByPosition.values()) {
      if (!isMissing(part) || causesSearched++ >= maxCauses) continue
      yield* find(part.causationid!, part.position)
    }

    const all = [...viewByPosition.values()].sort((a, b) => a.position - b.position)
    const steps = stepsOf(all, byId)
    return {
      position,
      correlationId: correlationid ?? "",
      steps: nearestSteps(steps, position),
      chain: [...causesOf(target, byId).toReversed(), position],
      looked: { from: searchedRange.from, upTo: searchedRange.upTo },
      complete: searchedRange.whole && !isTruncated && steps.length <= maxSteps && steps.every(isExplained)
    }
  })
}
