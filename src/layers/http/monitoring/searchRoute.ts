import { Effect, Result } from "effect"
import { HttpRouter, HttpServerRequest } from "effect/http"
import type { Board } from "#domain/model/index.ts"
import { toProblem, invalidRequest } from "#layers/http/problems/toProblem.ts"
import { singleValue, positionParam, queryReader } from "#layers/http/request/queryParams.ts"
import { correlationIdOf } from "#layers/http/request/requestHeaders.ts"
import { jsonResponse } from "#layers/http/response/responses.ts"
import { search } from "#layers/monitoring/search/search.ts"
import { LogTail } from "#layers/monitoring/tail/LogTail.ts"
import { LogReader } from "#layers/services/LogReader.ts"

export const maxQueryLength = 256

const searchText = singleValue((value) =>
  value.trim() !== "" && value.length <= maxQueryLength
    ? Result.succeed(value)
    : Result.fail([`Expected 1 to ${maxQueryLength} characters to search for`])
)

/** `/search`: the rows, events and correlations that match a text. */
export const searchRoute = Effect.fnUntraced(function* (board: Board.Any) {
  const find = yield* search(board, yield* LogTail, yield* LogReader)
  const readQuery = queryReader({ q: searchText, before: positionParam })

  const handle = Effect.fnUntraced(function* ({ headers }: HttpServerRequest.HttpServerRequest) {
    const query = readQuery(yield* HttpServerRequest.ParsedSearchParams)
    const correlationId = correlationIdOf(headers)
    if (Result.isFailure(query)) return invalidRequest(query.failure, correlationId)
    const { before, q } = query.success
    if (q === undefined) return invalidRequest([{ path: "q", message: "Expected a text to search for" }], correlationId)
    return yield* find(q, before).pipe(
      Effect.map((found) => jsonResponse(200, found)),
      Effect.catch((failure) => Effect.succeed(toProblem(failure, correlationId)))
    )
  })

  return HttpRouter.route("GET", "/search", handle)
})
