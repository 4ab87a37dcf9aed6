import { Effect } from "effect"
import type { ScanBudget } from "#layers/monitoring/scans/ScanBudget.ts"
import { snapshotInterval } from "#layers/monitoring/tail/countSnapshots.ts"
import type { EventCounts } from "#layers/monitoring/tail/EventCounts.ts"
import { filterSize } from "#layers/monitoring/tail/LinkFilter.ts"
import type { LogTail } from "#layers/monitoring/tail/LogTail.ts"

/** The most pages whose filters one skip queries. */
const maxIndexPages = 5_000

/** The last position before the page of a position. */
export const pageStartOf = (position: number): number => Math.max(0, Math.ceil(position / filterSize) - 1) * filterSize

/** The events to look for, as the counts and the index know them. */
interface EventSelector {
  readonly isType: (type: string) => boolean
  /** Keys of the index: the events have all of them. */
  readonly keys: ReadonlyArray<string>
}

/** Skips the end of the log where no requested event can be. */
export const positionSkipper = (
  logTail: LogTail["Service"],
  { isType, keys }: EventSelector,
  counts: EventCounts,
  budget: ScanBudget
) => {
  /** The last position up to `end` that may have an event of these types, by the counts: it may be far before `end`. */
  const skipByCounts = Effect.fnUntraced(function* (end: number) {
    const ceiling = Math.ceil(end / snapshotInterval) * snapshotInterval
    const { byType }: EventCounts = ceiling >= counts.position ? counts : yield* logTail.countsAt(ceiling)
    const newest = Array.from(byType, ([type, { position }]) => (isType(type) ? position : 0))
    return Math.min(end, Math.max(0, ...newest))
  })

  /** A position up to `end` after which no event has a key, by the index: it may be far before `end`. */
  const skipByIndex = Effect.fnUntraced(function* (key: string, end: number) {
    const links = yield* logTail.links
    let at = end
    for (let n = 0; at > 0 && n < maxIndexPages && !budget.isSpent; n++) {
      if (yield* links.mightContain(key, at, budget)) break
      at = pageStartOf(at)
    }
    return at
  })

  /** A position up to `end` after which there is no requested event. */
  return Effect.fnUntraced(function* (end: number) {
    let last = yield* skipByCounts(end)
    for (const key of keys) last = yield* skipByIndex(key, last)
    return last
  })
}
