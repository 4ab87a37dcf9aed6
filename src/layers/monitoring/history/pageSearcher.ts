import { Effect } from "effect"
import * as Subject from "#layers/codec/Subject.ts"
import { forEachLogPage } from "#layers/monitoring/scans/logPages.ts"
import type { ScanBudget } from "#layers/monitoring/scans/ScanBudget.ts"
import { forEachInSlices } from "#layers/monitoring/scans/yieldToEventLoop.ts"
import { filterSize } from "#layers/monitoring/tail/LinkFilter.ts"
import type { LinkIndex } from "#layers/monitoring/tail/linkIndex.ts"
import type { LogUnavailable } from "#layers/services/EventLog.ts"
import type { StoreUnavailable } from "#layers/services/KeyValue.ts"
import type { LogMessage, LogReader } from "#layers/services/LogReader.ts"

/** The most pages of the log whose filters one search queries. */
const maxIndexPages = 5_000

/** The last positions of the pages of a range, the page nearest to a position first. */
export function* pagesAround(position: number, first: number, last: number) {
  const own = Math.ceil(position / filterSize) * filterSize
  yield own
  for (let away = filterSize; own - away >= first || own + away < last + filterSize; away += filterSize) {
    if (own - away >= first) yield own - away
    if (own + away < last + filterSize) yield own + away
  }
}

/** The range of the log that was searched; `whole` if nothing in it was left out. */
export interface SearchedRange {
  readonly from: number
  readonly upTo: number
  readonly whole: boolean
}

/** Reads the pages that may contain a key, until enough is found. A page is dropped after it was visited. */
export const pageSearcher = (reader: LogReader["Service"], links: LinkIndex, budget: ScanBudget) =>
  Effect.fnUntraced(function* (
    key: string,
    pages: Iterable<number>,
    newest: number,
    visit: (logged: LogMessage) => void,
    isEnough: () => boolean
  ): Effect.fn.Return<SearchedRange, LogUnavailable | StoreUnavailable> {
    let [from, upTo, queriedPages] = [Number.POSITIVE_INFINITY, 0, 0]
    for (const end of pages) {
      if (isEnough() || budget.isSpent || ++queriedPages > maxIndexPages) return { from, upTo, whole: false }
      const [first, last] = [end - filterSize, Math.min(end, newest)]
      if (yield* links.mightContain(key, end, budget)) {
        yield* forEachLogPage(reader, first, last, (page) => {
          budget.spend(page.length)
          return forEachInSlices(
            page.filter(({ subject }) => !Subject.isAuxiliary(subject)),
            visit
          )
        })
      }
      from = Math.min(from, first + 1)
      upTo = Math.max(upTo, last)
    }
    return { from, upTo, whole: true }
  })
