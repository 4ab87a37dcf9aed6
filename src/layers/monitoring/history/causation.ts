import { Effect } from "effect"
import type { Board } from "#domain/model/index.ts"
import type { Seen, Why } from "#layers/contract/eventSchema.ts"
import { ScanBudget } from "#layers/monitoring/scans/ScanBudget.ts"
import { inSlices, scanPage } from "#layers/monitoring/scans/yieldToEventLoop.ts"
import { correlationKey, filterSize, idKey } from "#layers/monitoring/tail/LinkFilter.ts"
import type { LinkIndex } from "#layers/monitoring/tail/linkIndex.ts"
import type { StillCounting, Watch } from "#layers/monitoring/tail/LogTail.ts"
import type { LogUnavailable } from "#layers/services/EventLog.ts"
import type { StoreUnavailable } from "#layers/services/KeyValue.ts"
import { type Logged, type LogReader } from "#layers/services/LogReader.ts"
import { causesOf, isExplained, type Link, linkOf, mostSteps, nearest, stepsOf } from "./causationSteps.ts"
import { shower } from "./eventView.ts"

/** The most events that one answer reads, those that have nothing to do with it included. */
const mostRead = 20_000

/** The most pages of the log whose filters one answer asks. */
const mostPages = 5_000

/** The most events of one correlation that an answer is made of: those nearest to what was asked about. */
const mostFacts = 1_000

/** The most causes outside of the correlation that are looked for. */
const mostCauses = 50

type Failure = StillCounting | LogUnavailable | StoreUnavailable

interface Found {
  readonly logged: Logged
  readonly link: Link
}

/** The last positions of the pages from one to another, those nearest to a position first. */
function* pagesAround(position: number, first: number, last: number) {
  const own = Math.ceil(position / filterSize) * filterSize
  yield own
  for (let away = filterSize; own - away >= first || own + away < last + filterSize; away += filterSize) {
    if (own - away >= first) yield own - away
    if (own + away < last + filterSize) yield own + away
  }
}

/** Reads pages that may have a key, until enough is found; each page is dropped once it was looked at. */
const searching = (reader: LogReader["Service"], links: LinkIndex, budget: ScanBudget) =>
  Effect.fnUntraced(function* (
    key: string,
    pages: Iterable<number>,
    newest: number,
    see: (logged: Logged) => void,
    isEnough: () => boolean
  ): Effect.fn.Return<{ readonly from: number; readonly upTo: number; readonly whole: boolean }, Failure> {
    let [from, upTo, asked] = [Number.POSITIVE_INFINITY, 0, 0]
    for (const end of pages) {
      if (isEnough() || budget.isSpent || ++asked > mostPages) return { from, upTo, whole: false }
      const [first, last] = [end - filterSize, Math.min(end, newest)]
      if (yield* links.mayHave(key, end, budget)) {
        for (let after = first; after < last;) {
          const page: ReadonlyArray<Logged> = yield* reader.page(after, Math.min(last, after + scanPage))
          if (page.length === 0) break
          budget.spend(page.length)
          yield* inSlices(page, see)
          after = page.at(-1)!.position
        }
      }
      from = Math.min(from, first + 1)
      upTo = Math.max(upTo, last)
    }
    return { from, upTo, whole: true }
  })

/**
 * Why a fact is there: the commands and facts of its correlation, and what caused them. An index tells which pages of the log
 * may have them; what is read and is no part of the answer is dropped.
 */
export const why = (board: Board.Any, watch: Watch["Service"], reader: LogReader["Service"]) => {
  const show = shower(board)

  /** The story of the fact at a position; `undefined` if there is none. */
  return Effect.fnUntraced(function* (position: number, newest: number): Effect.fn.Return<Why | undefined, Failure> {
    const [logged] = yield* reader.page(position - 1, position)
    if (!logged) return undefined
    const budget = new ScanBudget(mostRead)
    const search = searching(reader, yield* watch.links, budget)
    const fact = linkOf(logged)
    const parts = new Map<number, Seen>([[position, show(logged)]])
    const byId = new Map<string, Link>()
    const know = (link: Link) => link.id !== undefined && byId.set(link.id, link)
    know(fact)

    const { correlationid } = fact
    let isCut = false
    const inCorrelation = (each: Logged) => {
      const link = linkOf(each)
      if (link.correlationid !== correlationid) return
      if (parts.size >= mostFacts) isCut = true
      if (isCut) return
      know(link)
      parts.set(each.position, show(each))
    }
    const looked =
      correlationid === undefined
        ? { from: position, upTo: position, whole: true }
        : yield* search(
            correlationKey(correlationid),
            pagesAround(position, 1, newest),
            newest,
            inCorrelation,
            () => isCut
          )

    /** Looks for an event by its id, from a position back. */
    const find = Effect.fnUntraced(function* (id: string, before: number) {
      let found: Found | undefined
      const see = (each: Logged) => {
        const link = linkOf(each)
        if (link.id === id) found = { logged: each, link }
      }
      yield* search(idKey(id), pagesAround(before, 1, before), before, see, () => found !== undefined)
      if (found) know(found.link)
      return found
    })
    const isMissing = ({
      causationid,
      commandid
    }: {
      causationid?: string | undefined
      commandid?: string | undefined
    }) => causationid !== undefined && causationid !== commandid && !byId.has(causationid)

    // The facts that led here are part of the story, also where they are of another correlation.
    let searched = 0
    for (let at: Link | undefined = fact; at;) {
      const known: Link | undefined = byId.get(at.causationid ?? "")
      const cause: Found | undefined =
        isMissing(at) && searched++ < mostCauses ? yield* find(at.causationid!, at.position) : undefined
      if (cause) parts.set(cause.link.position, show(cause.logged))
      const next: Link | undefined = cause?.link ?? known
      at = next && next.position < at.position ? next : undefined
    }
    for (const part of parts.values()) {
      if (!isMissing(part) || searched++ >= mostCauses) continue
      yield* find(part.causationid!, part.position)
    }

    const all = [...parts.values()].sort((a, b) => a.position - b.position)
    const steps = stepsOf(all, byId)
    return {
      position,
      correlationId: correlationid ?? "",
      steps: nearest(steps, position),
      chain: [...causesOf(fact, byId).toReversed(), position],
      looked: { from: looked.from, upTo: looked.upTo },
      complete: looked.whole && !isCut && steps.length <= mostSteps && steps.every(isExplained)
    }
  })
}
