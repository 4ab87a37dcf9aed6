import { Effect, Result } from "effect"
import { HttpRouter, HttpServerRequest } from "effect/http"
import type { Board } from "#domain/model/index.ts"
import { failed, invalid } from "#layers/http/problems/toProblem.ts"
import { correlationIdOf } from "#layers/http/request/headers.ts"
import { once, position, queryReader } from "#layers/http/request/query.ts"
import { json } from "#layers/http/response/response.ts"
import { search } from "#layers/monitoring/search/search.ts"
import { Watch } from "#layers/monitoring/tail/LogTail.ts"
import { LogReader } from "#layers/services/LogReader.ts"

export const mostCharacters = 256

const text = once((value) =>
  value.trim() !== "" && value.length <= mostCharacters
    ? Result.succeed(value)
    : Result.fail([`Expected 1 to ${mostCharacters} characters to look for`])
)

/** `/search`: what a text names, wherever it stands. */
export const searchRoute = Effect.fnUntraced(function* (board: Board.Any) {
  const find = yield* search(board, yield* Watch, yield* LogReader)
  const readQuery = queryReader({ q: text, before: position })

  const handle = Effect.fnUntraced(function* ({ headers }: HttpServerRequest.HttpServerRequest) {
    const query = readQuery(yield* HttpServerRequest.ParsedSearchParams)
    const correlationId = correlationIdOf(headers)
    if (Result.isFailure(query)) return invalid(query.failure, correlationId)
    const { before, q } = query.success
    if (q === undefined) return invalid([{ path: "q", message: "Expected what to look for" }], correlationId)
    return yield* find(q, before).pipe(
      Effect.map((found) => json(200, found)),
      Effect.catch((failure) => Effect.succeed(failed(failure, correlationId)))
    )
  })

  return HttpRouter.route("GET", "/search", handle)
})
