import type { Board } from "#domain/grammar/index.ts"
import { Effect, Result } from "effect"
import { HttpRouter, HttpServerRequest } from "effect/http"
import type { Operations } from "../blueprint/operations.ts"
import { operations, totalsOf } from "../watch/operations.ts"
import { Scans } from "../watch/Scans.ts"
import { Watch } from "../watch/Watch.ts"
import { json } from "./answer.ts"
import { failed, invalid } from "./failure.ts"
import { correlationIdOf } from "./headers.ts"
import { LogName } from "./LogName.ts"
import { position, queryReader } from "./query.ts"

/** What is wrong with asking for a position that the log has not reached. */
export const notReached = (path: string, newest: number) => ({
  path,
  message: `Expected a position that the log has reached: at most ${newest}`
})

/** How everything stands, and how the counts stood at a position. */
export const operationsRoutes = Effect.fnUntraced(function* (board: Board.Any) {
  const watch = yield* Watch
  const scans = yield* Scans
  const now = yield* operations(board)
  const { now: logName } = yield* LogName
  const nothing = queryReader({})

  const standing = Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest) {
    const query = nothing(yield* HttpServerRequest.ParsedSearchParams)
    const correlationId = correlationIdOf(request.headers)
    if (Result.isFailure(query)) return invalid(query.failure, correlationId)
    return yield* scans.short(now).pipe(
      Effect.map((all) => json(200, { ...all, log: logName() } satisfies Operations)),
      Effect.catch((failure) => Effect.succeed(failed(failure, correlationId)))
    )
  })

  const then = Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest) {
    const { params } = yield* HttpRouter.RouteContext
    const read = position([params["position"] ?? ""])
    const correlationId = correlationIdOf(request.headers)
    if (Result.isFailure(read)) {
      return invalid(
        read.failure.map((message) => ({ path: "position", message })),
        correlationId
      )
    }
    return yield* Effect.gen(function* () {
      const { position: newest } = yield* watch.standing
      if (read.success > newest) return invalid([notReached("position", newest)], correlationId)
      return json(200, totalsOf(board, yield* scans.long(watch.at(read.success))))
    }).pipe(Effect.catch((failure) => Effect.succeed(failed(failure, correlationId))))
  })

  return [HttpRouter.route("GET", "/operations", standing), HttpRouter.route("GET", "/operations/at/:position", then)]
})
