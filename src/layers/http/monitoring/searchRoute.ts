import { Effect, Result } from "effect"
import type { Board } from "#domain/model/index.ts"
import { operators } from "#layers/access/Access.ts"
import { Search } from "#layers/contract/searchSchema.ts"
import { declaredRoute } from "#layers/http/request/declaredRoute.ts"
import { declareEndpoint } from "#layers/http/request/endpointDeclaration.ts"
import { describedString } from "#layers/http/request/endpointSchemas.ts"
import { parameter, positionParam, required } from "#layers/http/request/parameters.ts"
import { singleValue } from "#layers/http/request/queryParams.ts"
import { jsonResponse } from "#layers/http/response/responses.ts"
import { search } from "#layers/monitoring/search/search.ts"
import { LogTail } from "#layers/monitoring/tail/LogTail.ts"
import { LogReader } from "#layers/services/LogReader.ts"
import { scanProblems } from "./scanProblems.ts"

const maxQueryLength = 256

const searchText = parameter(
  describedString(`The text to search for: 1 to ${maxQueryLength} characters`),
  singleValue((value) =>
    value.trim() !== "" && value.length <= maxQueryLength
      ? Result.succeed(value)
      : Result.fail([`Expected 1 to ${maxQueryLength} characters to search for`])
  )
)

export const searchEndpoint = declareEndpoint({
  name: "search",
  method: "GET",
  path: "/search",
  access: operators,
  summary: "Rows, events and correlations that match a text",
  description:
    "`room 12 2026-12-01`: values of fields, each with or without the name of its field before it, in quotes if it contains spaces. All of them have to match. Or a position, an event id or a correlation id.",
  query: {
    q: required(searchText),
    before: positionParam("Only matching events before this position: the `next` of the previous response")
  },
  success: Search,
  problemTypes: scanProblems
})

/** `/search`: the rows, events and correlations that match a text. */
export const searchRoute = Effect.fnUntraced(function* (board: Board.Any) {
  const find = yield* search(board, yield* LogTail, yield* LogReader)
  return declaredRoute(searchEndpoint, ({ query: { before, q } }) =>
    Effect.map(find(q, before), (found) => jsonResponse(200, found))
  )
})
