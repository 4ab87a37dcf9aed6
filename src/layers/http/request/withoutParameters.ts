import { Effect, Result } from "effect"
import { HttpServerRequest, type HttpServerResponse } from "effect/http"
import { invalidRequest } from "#layers/http/problems/toProblem.ts"
import { noParameters } from "./queryParams.ts"
import { correlationIdOf } from "./requestHeaders.ts"

type RouteHandler<E, R> = (
  request: HttpServerRequest.HttpServerRequest
) => Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>

/** Rejects any query parameter: silently ignoring one would look as if it had an effect. */
export const withoutParameters = <E, R>(
  handle: RouteHandler<E, R>
): RouteHandler<E, R | HttpServerRequest.ParsedSearchParams> =>
  Effect.fnUntraced(function* (request) {
    const query = noParameters(yield* HttpServerRequest.ParsedSearchParams)
    return Result.isFailure(query)
      ? invalidRequest(query.failure, correlationIdOf(request.headers))
      : yield* handle(request)
  })
