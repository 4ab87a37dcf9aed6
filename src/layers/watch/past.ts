import { type Board, Boundary } from "#domain/grammar/index.ts"
import { Effect } from "effect"
import type { FactsPage, Seen } from "../blueprint/seen.ts"
import type { LogUnavailable } from "../EventLog.ts"
import type { StoreUnavailable } from "../KeyValue.ts"
import { type Logged, type LogReader, pageSize } from "../LogReader.ts"
import { stride } from "./checkpoints.ts"
import { type Wanted, wantedBy } from "./live.ts"
import { shower } from "./seen.ts"
import type { Standing } from "./Standing.ts"
import type { StillCounting, Watch } from "./Watch.ts"

export interface Asked extends Wanted {
  readonly place?: Boundary.Place | undefined
  /** Only what stands before this position. */
  readonly before?: number | undefined
  readonly limit: number
}

/** The most positions that one answer looks at. */
export const mostLookedAt = 20_000

type Failure = StillCounting | LogUnavailable | StoreUnavailable

/** Facts that happened, newest first. */
export const past = (board: Board.Any, watch: Watch["Service"], reader: LogReader["Service"]) => {
  const show = shower(board)
  const pageOf = (found: ReadonlyArray<Logged>, limit: number, older: number | null): FactsPage => {
    const facts: ReadonlyArray<Seen> = found.slice(0, limit).map(show)
    return { facts, next: found.length > limit ? facts.at(-1)!.position : older }
  }

  const inPlace = (place: Boundary.Place, { before = Number.POSITIVE_INFINITY, limit, ...asked }: Asked) =>
    Effect.map(reader.place(place), (all) => {
      const wants = wantedBy(board, asked)
      const found = all.filter((logged) => logged.position < before && wants.message(logged)).toReversed()
      return pageOf(found, limit, null)
    })

  /** A position up to `end` behind which nothing of these types stands, from what was counted: it may be far before. */
  const jump = Effect.fnUntraced(function* (wants: ReturnType<typeof wantedBy>, end: number, now: Standing) {
    const ceiling = Math.ceil(end / stride) * stride
    const { tallies }: Standing = ceiling >= now.position ? now : yield* watch.at(ceiling)
    const newest = Array.from(tallies, ([type, { position }]) => (wants.type(type) ? position : 0))
    return Math.min(end, Math.max(0, ...newest))
  })

  const inLog = Effect.fnUntraced(function* ({ before, limit, ...asked }: Asked): Effect.fn.Return<FactsPage, Failure> {
    const wants = wantedBy(board, asked)
    const now = yield* watch.standing
    const found: Array<Logged> = []
    let end = Math.min(now.position, (before ?? Number.POSITIVE_INFINITY) - 1)
    for (let looked = 0; end > 0 && looked < mostLookedAt && found.length <= limit; looked += pageSize) {
      end = yield* jump(wants, end, now)
      const from = Math.max(0, end - pageSize)
      const page = yield* reader.page(from, end)
      found.push(...page.filter(wants.message).toReversed())
      end = from
    }
    return pageOf(found, limit, end > 0 ? end + 1 : null)
  })

  return (asked: Asked): Effect.Effect<FactsPage, Failure> => (asked.place ? inPlace(asked.place, asked) : inLog(asked))
}
