import { Effect, Option, Result } from "effect"
import { HttpRouter, HttpServerRequest } from "effect/http"
import type { Board, Slice } from "#domain/model/index.ts"
import { sendersOf } from "#layers/access/Access.ts"
import { withAccess } from "#layers/http/checks/accessGuard.ts"
import { jsonOnly, negotiated } from "#layers/http/checks/negotiation.ts"
import { invalidRequest } from "#layers/http/problems/toProblem.ts"
import { booleanParam, queryReader } from "#layers/http/request/queryParams.ts"
import { readBodyText } from "#layers/http/request/requestBody.ts"
import { correlationIdOf } from "#layers/http/request/requestHeaders.ts"
import { commandResponder } from "./commandResponder.ts"
import type { rejectionLimits } from "./rejectionLimits.ts"

const readQuery = queryReader({ dryRun: booleanParam })

/** The endpoint of a command. */
export const commandRoute = Effect.fnUntraced(function* (
  board: Board.Any,
  slice: Slice.CommandSlice<any>,
  rejectionLimitOf: ReturnType<typeof rejectionLimits>
) {
  const respond = yield* commandResponder(board, slice, rejectionLimitOf)

  const handle = Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest) {
    const { headers } = request
    const query = readQuery(yield* HttpServerRequest.ParsedSearchParams)
    if (Result.isFailure(query)) return invalidRequest(query.failure, correlationIdOf(headers))
    return yield* respond({
      headers,
      body: readBodyText(request),
      dryRun: query.success.dryRun ?? false,
      client: Option.getOrElse(request.remoteAddress, () => "")
    })
  })

  const route = HttpRouter.route(slice.by.method, slice.by.path, handle)
  return withAccess(sendersOf(slice.by), negotiated(jsonOnly, route))
})
