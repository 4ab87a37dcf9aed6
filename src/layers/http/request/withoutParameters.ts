import { Effect, Result } from "effect"
import { HttpServerRequest, type HttpServerResponse } from "effect/http"
import { invalid } from "#layers/http/problems/toProblem.ts"
import { correlationIdOf } from "./headers.ts"
import { noParameters } from "./query.ts"

type Handle<E, R> = (
  request: HttpServerRequest.HttpServerRequest
) => Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>

/** The same for a route that knows no parameters: a query is refused, so that nobody takes it for heard. */
export const withoutParameters = <E, R>(handle: Handle<E, R>): Handle<E, R | HttpServerRequest.ParsedSearchParams> =>
  Effect.fnUntraced(function* (request) {
    const query = noParameters(yield* HttpServerRequest.ParsedSearchParams)
    return Result.isFailure(query) ? invalid(query.failure, correlationIdOf(request.headers)) : yield* handle(request)
  })
