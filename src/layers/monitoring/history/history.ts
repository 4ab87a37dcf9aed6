import { Effect } from "effect"
import { type Board, Boundary } from "#domain/model/index.ts"
import type { FactsPage, Seen } from "#layers/contract/eventSchema.ts"
import { type Wanted, wantedBy } from "#layers/monitoring/feed/feedItems.ts"
import { ScanBudget } from "#layers/monitoring/scans/ScanBudget.ts"
import { inSlices, scanPage } from "#layers/monitoring/scans/yieldToEventLoop.ts"
import { placesOf } from "#layers/monitoring/search/searchFields.ts"
import { stride } from "#layers/monitoring/tail/countSnapshots.ts"
import type { Standing } from "#layers/monitoring/tail/EventCounts.ts"
import { correlationKey, filterSize, idKey } from "#layers/monitoring/tail/LinkFilter.ts"
import type { StillCounting, Watch } from "#layers/monitoring/tail/LogTail.ts"
import type { LogUnavailable } from "#layers/services/EventLog.ts"
import type { StoreUnavailable } from "#layers/services/KeyValue.ts"
import { type Logged, type LogReader } from "#layers/services/LogReader.ts"
import { shower } from "./eventView.ts"

export interface Asked extends Wanted {
  readonly place?: Boundary.Place | undefined
  /** The event with this id. */
  readonly id?: string | undefined
  /** Only what stands before this position. */
  readonly before?: number | undefined
  readonly limit: number
}

/** The most events that one answer reads. */
export const mostLookedAt = 20_000

/** The most pages that the index is asked for in one go. */
const mostPages = 5_000

/** The most event streams that are read whole for one answer. */
const mostPlaces = 8

/** How many events are decoded in one go. */
const shownAtOnce = 20

/** The position behind which the page of a position begins. */
const startOf = (position: number) => Math.max(0, Math.ceil(position / filterSize) - 1) * filterSize

type Failure = StillCounting | LogUnavailable | StoreUnavailable

/** Facts that happened, newest first. */
export const past = (board: Board.Any, watch: Watch["Service"], reader: LogReader["Service"]) => {
  const show = shower(board)
  const wanted = ({ id, ...asked }: Omit<Asked, "before" | "limit" | "place">) => {
    const wants = wantedBy(board, asked)
    return id === undefined
      ? wants
      : { ...wants, message: (logged: Logged) => logged.attributes()["id"] === id && wants.message(logged) }
  }
  const pageOf = Effect.fnUntraced(function* (found: ReadonlyArray<Logged>, limit: number, older: number | null) {
    const facts: Array<Seen> = []
    yield* inSlices(found.slice(0, limit), (logged) => void facts.push(show(logged)), shownAtOnce)
    const page: FactsPage = { facts, next: found.length > limit ? facts.at(-1)!.position : older }
    return page
  })

  /** All from behind one position up to another, not more than a page of the index; it may come in parts. */
  const pageBetween = Effect.fnUntraced(function* (from: number, end: number) {
    const all: Array<Logged> = []
    for (let after = from; after < end;) {
      const page: ReadonlyArray<Logged> = yield* reader.page(after, Math.min(end, after + scanPage))
      if (page.length === 0) break
      all.push(...page)
      after = page.at(-1)!.position
    }
    return all
  })

  const inPlaces = (
    places: ReadonlyArray<Boundary.Place>,
    { before = Number.POSITIVE_INFINITY, limit, ...asked }: Asked
  ) =>
    Effect.flatMap(Effect.forEach(places, reader.place), (all) => {
      const wants = wanted(asked)
      const found = all.flat().filter((logged) => logged.position < before && wants.message(logged))
      return pageOf(
        found.sort((a, b) => b.position - a.position),
        limit,
        null
      )
    })

  /** A position up to `end` behind which nothing of these types stands, from what was counted: it may be far before. */
  const jump = Effect.fnUntraced(function* (wants: ReturnType<typeof wantedBy>, end: number, now: Standing) {
    const ceiling = Math.ceil(end / stride) * stride
    const { tallies }: Standing = ceiling >= now.position ? now : yield* watch.at(ceiling)
    const newest = Array.from(tallies, ([type, { position }]) => (wants.type(type) ? position : 0))
    return Math.min(end, Math.max(0, ...newest))
  })

  /** A position up to `end` behind which nothing with a key stands, from the index: a page, or one far before. */
  const skip = Effect.fnUntraced(function* (key: string, end: number, budget: ScanBudget) {
    const links = yield* watch.links
    let at = end
    for (let n = 0; at > 0 && n < mostPages && !budget.isSpent; n++) {
      if (yield* links.mayHave(key, at, budget)) break
      at = startOf(at)
    }
    return at
  })

  const inLog = Effect.fnUntraced(function* ({ before, limit, ...asked }: Asked): Effect.fn.Return<FactsPage, Failure> {
    const wants = wanted(asked)
    const keys = [
      ...(asked.correlationId === undefined ? [] : [correlationKey(asked.correlationId)]),
      ...(asked.id === undefined ? [] : [idKey(asked.id)])
    ]
    const isNarrow = [asked.lanes, asked.types, asked.values, keys[0]].some((choice) => choice !== undefined)
    const now = yield* watch.standing
    const found: Array<Logged> = []
    const budget = new ScanBudget(mostLookedAt)
    let end = Math.min(now.position, (before ?? Number.POSITIVE_INFINITY) - 1)
    while (end > 0 && !budget.isSpent && found.length <= limit) {
      end = yield* jump(wants, end, now)
      for (const key of keys) end = yield* skip(key, end, budget)
      const from = isNarrow ? startOf(end) : Math.max(0, end - (limit + 1))
      const page = yield* pageBetween(from, end)
      budget.spend(Math.max(1, page.length))
      const matching: Array<Logged> = []
      yield* inSlices(page, (logged) => void (wants.message(logged) && matching.push(logged)))
      // Of a page no more is held than the answer has.
      found.push(...matching.toReversed().slice(0, limit + 1 - found.length))
      end = from
    }
    return yield* pageOf(found, limit, end > 0 ? end + 1 : null)
  })

  return ({ values, ...rest }: Asked): Effect.Effect<FactsPage, Failure> => {
    const isAsked = ([type]: readonly [string, unknown]) => rest.types === undefined || rest.types.includes(type)
    const asked: Asked = values ? { ...rest, values: new Map([...values].filter(isAsked)) } : rest
    const places = asked.place ? [asked.place] : asked.values && placesOf(board, asked.values)
    return places && places.length <= mostPlaces ? inPlaces(places, asked) : inLog(asked)
  }
}
