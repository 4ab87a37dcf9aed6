import { Clock, Effect, Option } from "effect"
import type { Board, Slice } from "#domain/model/index.ts"
import { CurrentCaller } from "#layers/access/Caller.ts"
import type { Progress, Rows } from "#layers/contract/operationsSchema.ts"
import { positionNotReached } from "#layers/http/operations/operationsRoutes.ts"
import { toProblem, invalidRequest } from "#layers/http/problems/toProblem.ts"
import { declaredRoute } from "#layers/http/request/declaredRoute.ts"
import type { PointInLog } from "#layers/http/request/pointInLogParam.ts"
import { LogName } from "#layers/http/response/LogName.ts"
import { jsonResponse } from "#layers/http/response/responses.ts"
import { respondWithProgress, wantsEvents } from "#layers/http/response/sse.ts"
import { positionAt } from "#layers/monitoring/history/positionAt.ts"
import { rowsAt } from "#layers/monitoring/history/rowsAt.ts"
import { type RowQuery, rowsNow } from "#layers/monitoring/history/rowsNow.ts"
import { Scans } from "#layers/monitoring/scans/Scans.ts"
import { LogTail } from "#layers/monitoring/tail/LogTail.ts"
import { LogReader } from "#layers/services/LogReader.ts"
import type { KeyCondition } from "#layers/views/rows/keyFilter.ts"
import { ViewHealth } from "#layers/views/ViewHealth.ts"
import { rowsEndpoint } from "./rowsEndpoint.ts"
import { visibleRows } from "./visibleRows.ts"

const defaultRowLimit = 1_000

/** The rows of a view, now or as of a position. */
export const rowsRoute = Effect.fnUntraced(function* (board: Board.Any, view: Slice.View<any, any>) {
  const logTail = yield* LogTail
  const reader = yield* LogReader
  const scans = yield* Scans
  const { etag: etagOf, current: logName } = yield* LogName
  const listRows = yield* rowsNow(view)
  const health = Option.getOrUndefined(yield* Effect.serviceOption(ViewHealth))
  const visible = visibleRows(view)
  const listRowsAt = rowsAt(board, view, logTail, reader, health)

  /** The position that a point in the log stands for, or why it stands for none yet. */
  const reachedPoint = Effect.fnUntraced(function* (at: PointInLog) {
    const { position: newest } = yield* logTail.counts
    if ("position" in at)
      return at.position > newest ? { error: positionNotReached("at", newest) } : { position: at.position }
    // What will have been stored by then is not known.
    if (at.instantMillis > (yield* Clock.currentTimeMillis))
      return { error: { path: "at", message: "Expected an instant that has passed" } }
    return { position: yield* positionAt(reader, newest, at.instantMillis) }
  })

  return declaredRoute(rowsEndpoint(view), ({ correlationId, query, request }) =>
    // Read here: a response with progress runs on after this.
    Effect.flatMap(CurrentCaller, (caller) => {
      const { after, at, limit = defaultRowLimit, next: afterRow, ...conditions } = query
      const rowQuery: RowQuery = { conditions: conditions as Record<string, KeyCondition>, limit, after, afterRow }

      const rowsResponse = (found: Omit<Rows, "log">) => {
        const rows = visible.list(caller, found)
        const missing = rows.deadLetters?.reduce((sum, { count }) => sum + count, 0) ?? 0
        const deadLetterCount = rows.rows.reduce((sum, { deadLetters = 0 }) => sum + Number(deadLetters), missing)
        const etag = etagOf(rows.position, view.shows.version ?? 1, deadLetterCount)
        const body: Rows = { ...rows, log: logName() }
        return jsonResponse(200, body, { etag, vary: "accept" })
      }
      if (at === undefined) {
        return respondWithProgress(request, () =>
          listRows(rowQuery).pipe(
            Effect.map(rowsResponse),
            Effect.catch((failure) => Effect.succeed(toProblem(failure, correlationId)))
          )
        )
      }
      const run = wantsEvents(request) ? scans.withProgress : scans.long
      return respondWithProgress(request, (report: (progress: Progress) => Effect.Effect<void>) =>
        Effect.gen(function* () {
          const point = yield* reachedPoint(at)
          return "error" in point
            ? invalidRequest([point.error], correlationId)
            : rowsResponse(yield* run(listRowsAt(point.position, rowQuery, report)))
        }).pipe(
          Effect.catchTag("UndecodableEvent", Effect.die),
          Effect.catch((failure) => Effect.succeed(toProblem(failure, correlationId)))
        )
      )
    })
  )
})
