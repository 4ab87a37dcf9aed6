import { Effect, Result } from "effect"
import { HttpRouter, HttpServerRequest } from "effect/http"
import type { Board } from "#domain/model/index.ts"
import type { Operations, Progress, ViewState } from "#layers/contract/operationsSchema.ts"
import { failed, invalid } from "#layers/http/problems/toProblem.ts"
import { forCallers } from "#layers/http/problems/withoutServerDetails.ts"
import { correlationIdOf } from "#layers/http/request/headers.ts"
import { inPath, noParameters, position, wrongsIn } from "#layers/http/request/query.ts"
import { withoutParameters } from "#layers/http/request/withoutParameters.ts"
import { LogName } from "#layers/http/response/LogName.ts"
import { json } from "#layers/http/response/response.ts"
import { long, wantsEvents } from "#layers/http/response/sse.ts"
import { operations, totalsOf } from "#layers/monitoring/operations.ts"
import { Scans } from "#layers/monitoring/scans/Scans.ts"
import { Watch } from "#layers/monitoring/tail/LogTail.ts"

/** What is wrong with asking for a position that the log has not reached. */
export const notReached = (path: string, newest: number) => ({
  path,
  message: `Expected a position that the log has reached: at most ${newest}`
})

/** What follows the log, with what went wrong last in the words that callers are told. */
const told = <S extends Pick<typeof ViewState.Type, "error">>(states: Readonly<Record<string, S>>): Record<string, S> =>
  Object.fromEntries(
    Object.entries(states).map(([name, state]) => {
      const { error } = state
      return [name, error ? { ...state, error: { ...error, message: forCallers(error.message) } } : state]
    })
  )

/** How everything stands. */
export const operationsRoutes = Effect.fnUntraced(function* (board: Board.Any) {
  const scans = yield* Scans
  const now = yield* operations(board)
  const { now: logName } = yield* LogName

  const standing = ({ headers }: HttpServerRequest.HttpServerRequest) =>
    scans.short(now).pipe(
      Effect.map(({ automations, views, ...totals }) => {
        const all = { ...totals, views: told(views), automations: told(automations), log: logName() }
        return json(200, all satisfies Operations)
      }),
      Effect.catch((failure) => Effect.succeed(failed(failure, correlationIdOf(headers))))
    )

  return [HttpRouter.route("GET", "/operations", withoutParameters(standing))]
})

/** How the counts stood at a position. */
export const operationsAtRoute = Effect.fnUntraced(function* (board: Board.Any) {
  const watch = yield* Watch
  const scans = yield* Scans

  const handle = Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest) {
    const { params } = yield* HttpRouter.RouteContext
    const read = inPath("position", position, params["position"])
    const query = noParameters(yield* HttpServerRequest.ParsedSearchParams)
    const correlationId = correlationIdOf(request.headers)
    if (Result.isFailure(read) || Result.isFailure(query)) {
      return invalid([...wrongsIn(read), ...wrongsIn(query)], correlationId)
    }
    const run = wantsEvents(request) ? scans.withProgress : scans.long
    return yield* long(request, (report: (progress: Progress) => Effect.Effect<void>) =>
      Effect.gen(function* () {
        const { position: newest } = yield* watch.standing
        if (read.success > newest) return invalid([notReached("position", newest)], correlationId)
        const totals = totalsOf(board, yield* run(watch.at(read.success, report)))
        return json(200, totals, { vary: "accept" })
      }).pipe(Effect.catch((failure) => Effect.succeed(failed(failure, correlationId))))
    )
  })

  return HttpRouter.route("GET", "/operations/at/:position", handle)
})
