import type { Board } from "#domain/grammar/index.ts"
import { Effect, Result } from "effect"
import { HttpRouter, HttpServerRequest } from "effect/http"
import type { Operations, Progress, ViewState } from "../blueprint/operations.ts"
import { operations, totalsOf } from "../watch/operations.ts"
import { Scans } from "../watch/Scans.ts"
import { Watch } from "../watch/Watch.ts"
import { json } from "./answer.ts"
import { failed, invalid } from "./failure.ts"
import { forCallers } from "./forCallers.ts"
import { correlationIdOf } from "./headers.ts"
import { LogName } from "./LogName.ts"
import { inPath, noParameters, position, wrongsIn } from "./query.ts"
import { long, wantsEvents } from "./sse.ts"
import { withoutParameters } from "./withoutParameters.ts"

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
