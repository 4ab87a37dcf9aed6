import { Effect, Result } from "effect"
import { HttpRouter, HttpServerRequest } from "effect/http"
import type { Board } from "#domain/model/index.ts"
import type { Operations, Progress, ViewState } from "#layers/contract/operationsSchema.ts"
import { redactForClient } from "#layers/http/problems/redactForClient.ts"
import { toProblem, invalidRequest } from "#layers/http/problems/toProblem.ts"
import { readPathParam, noParameters, positionParam, validationErrorsIn } from "#layers/http/request/queryParams.ts"
import { correlationIdOf } from "#layers/http/request/requestHeaders.ts"
import { withoutParameters } from "#layers/http/request/withoutParameters.ts"
import { LogName } from "#layers/http/response/LogName.ts"
import { jsonResponse } from "#layers/http/response/responses.ts"
import { respondWithProgress, wantsEvents } from "#layers/http/response/sse.ts"
import { operationsNow, totalsOf } from "#layers/monitoring/operationsNow.ts"
import { Scans } from "#layers/monitoring/scans/Scans.ts"
import { LogTail } from "#layers/monitoring/tail/LogTail.ts"

/** The validation error for a position that the log has not reached. */
export const positionNotReached = (path: string, newest: number) => ({
  path,
  message: `Expected a position that the log has reached: at most ${newest}`
})

/** The states of views or automations, with their last errors redacted for clients. */
const redactErrors = <S extends Pick<typeof ViewState.Type, "error">>(
  states: Readonly<Record<string, S>>
): Record<string, S> =>
  Object.fromEntries(
    Object.entries(states).map(([name, state]) => {
      const { error } = state
      return [name, error ? { ...state, error: { ...error, message: redactForClient(error.message) } } : state]
    })
  )

/** `/operations`: the counts of events, and the state of all views and automations. */
export const operationsRoutes = Effect.fnUntraced(function* (board: Board.Any) {
  const scans = yield* Scans
  const currentOperations = yield* operationsNow(board)
  const { current: logName } = yield* LogName

  const respond = ({ headers }: HttpServerRequest.HttpServerRequest) =>
    scans.short(currentOperations).pipe(
      Effect.map(({ automations, views, ...totals }) => {
        const all = { ...totals, views: redactErrors(views), automations: redactErrors(automations), log: logName() }
        return jsonResponse(200, all satisfies Operations)
      }),
      Effect.catch((failure) => Effect.succeed(toProblem(failure, correlationIdOf(headers))))
    )

  return [HttpRouter.route("GET", "/operations", withoutParameters(respond))]
})

/** `/operations/at/:position`: the counts of events as of a position. */
export const operationsAtRoute = Effect.fnUntraced(function* (board: Board.Any) {
  const logTail = yield* LogTail
  const scans = yield* Scans

  const handle = Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest) {
    const { params } = yield* HttpRouter.RouteContext
    const read = readPathParam("position", positionParam, params["position"])
    const query = noParameters(yield* HttpServerRequest.ParsedSearchParams)
    const correlationId = correlationIdOf(request.headers)
    if (Result.isFailure(read) || Result.isFailure(query)) {
      return invalidRequest([...validationErrorsIn(read), ...validationErrorsIn(query)], correlationId)
    }
    const run = wantsEvents(request) ? scans.withProgress : scans.long
    return yield* respondWithProgress(request, (report: (progress: Progress) => Effect.Effect<void>) =>
      Effect.gen(function* () {
        const { position: newest } = yield* logTail.counts
        if (read.success > newest) return invalidRequest([positionNotReached("position", newest)], correlationId)
        const totals = totalsOf(board, yield* run(logTail.countsAt(read.success, report)))
        return jsonResponse(200, totals, { vary: "accept" })
      }).pipe(Effect.catch((failure) => Effect.succeed(toProblem(failure, correlationId))))
    )
  })

  return HttpRouter.route("GET", "/operations/at/:position", handle)
})
