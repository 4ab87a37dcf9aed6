import { Data, Effect, Schema } from "effect"
import type { Board, Slice } from "#domain/model/index.ts"
import type { Progress, Rows } from "#layers/contract/operationsSchema.ts"
import { yieldToEventLoop, forEachInSlices } from "#layers/monitoring/scans/yieldToEventLoop.ts"
import type { StillCounting, LogTail } from "#layers/monitoring/tail/LogTail.ts"
import { viewSubscription } from "#layers/processors/boardSubscriptions.ts"
import type { LogUnavailable, UndecodableEvent } from "#layers/services/EventLog.ts"
import type { StoreUnavailable } from "#layers/services/KeyValue.ts"
import type { LogReader } from "#layers/services/LogReader.ts"
import { rowSchema } from "#layers/views/rows/row.ts"
import { makeRowFolder } from "#layers/views/rows/rowFolder.ts"
import type { ViewHealth } from "#layers/views/ViewHealth.ts"
import { replayedRows } from "./replayedRows.ts"
import { nextPageToken, type RowQuery, rowSelection, withDeadLetters } from "./rowsNow.ts"

/** The most events that rows as of a position are folded from, and the most rows. */
const maxReplayedEvents = 1_000_000
const maxReplayedRows = 50_000

/** Rows as of a position cannot be computed: there are too many events or rows. */
export class ReplayLimitExceeded extends Data.TaggedError("ReplayLimitExceeded")<{
  readonly what: "facts" | "rows"
  readonly max: number
}> {
  override get message() {
    return `A read model as of a position is folded from at most ${maxReplayedEvents} events into at most ${maxReplayedRows} rows. Ask for fewer rows, or for an earlier position.`
  }
}

type RowsAtFailure = StillCounting | LogUnavailable | StoreUnavailable | UndecodableEvent | ReplayLimitExceeded

/** The rows of a view as of a position that the log has reached, folded from the log. */
export const rowsAt = (
  board: Board.Any,
  view: Slice.View<any, any>,
  logTail: LogTail["Service"],
  reader: LogReader["Service"],
  health: ViewHealth["Service"] | undefined
) => {
  const { types } = viewSubscription(board, view)
  const encode = Schema.encodeUnknownSync(Schema.toCodecJson(rowSchema(view)), { disableChecks: true }) as (
    row: unknown
  ) => Rows["rows"][number]
  const { stamped } = makeRowFolder(view)

  /** How many events the rows as of a position are folded from, and the position of the last one. */
  const countEvents = Effect.fnUntraced(function* (at: number) {
    const { byType } = yield* logTail.countsAt(at)
    const counts = types.flatMap((type) => byType.get(type) ?? [])
    const total = counts.reduce((sum, { count }) => sum + count, 0)
    if (total > maxReplayedEvents) return yield* new ReplayLimitExceeded({ what: "facts", max: maxReplayedEvents })
    return { total, upTo: Math.max(0, ...counts.map(({ position }) => position)) }
  })

  return Effect.fnUntraced(function* (
    at: number,
    query: RowQuery,
    report: (progress: Progress) => Effect.Effect<void>
  ): Effect.fn.Return<Omit<Rows, "log">, RowsAtFailure> {
    const { limit } = query
    const { compare, fits } = rowSelection(view, query)
    const { total, upTo } = yield* countEvents(at)
    const { foldPage, rows } = replayedRows(view, fits, health?.dismissedPositions(view))
    let done = 0
    yield* reader.replay(
      types,
      0,
      upTo,
      Effect.fnUntraced(function* (page) {
        foldPage(page)
        if (rows.size > maxReplayedRows) return yield* new ReplayLimitExceeded({ what: "rows", max: maxReplayedRows })
        done += page.length
        yield* report({ done, of: total })
        yield* yieldToEventLoop
      })
    )
    const all = [...rows.values()].sort((a, b) => compare(a.texts, b.texts))
    const page = all.slice(0, limit)
    const encoded: Array<Rows["rows"][number]> = []
    yield* forEachInSlices(page, (row) => void encoded.push(encode(stamped(row))))
    const deadLetters = health ? yield* health.deadLetters(view) : undefined
    const isLast = all.length <= limit
    const answer = {
      view: view.shows.name,
      position: at,
      rows: encoded,
      more: !isLast,
      next: nextPageToken(page, isLast)
    }
    const paths = new Set(page.map(({ path }) => path))
    return withDeadLetters(answer, deadLetters, { paths, fits, upTo: at, limit })
  })
}
