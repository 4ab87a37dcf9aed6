import { Effect, Result } from "effect"
import { HttpRouter, HttpServerRequest, type HttpServerResponse } from "effect/http"
import { type FieldError, problems } from "#layers/http/problems/problemTypes.ts"
import { invalidRequest, toProblem } from "#layers/http/problems/toProblem.ts"
import {
  type OperatorRequest,
  operatorRequestReader,
  type operatorRequestSchema
} from "#layers/http/request/operatorRequest.ts"
import { noParameters, validationErrorsIn } from "#layers/http/request/queryParams.ts"
import { contentModeOf } from "#layers/http/request/requestHeaders.ts"
import { problemResponse } from "#layers/http/response/responses.ts"

/** A POST with the reason of an irreversible operation: reports every wrong part of path, query and body at once. */
export const operatorRoute = <A, E, R>(
  path: `/${string}`,
  schema: ReturnType<typeof operatorRequestSchema>,
  readTarget: (params: Readonly<Record<string, string | undefined>>) => Result.Result<A, ReadonlyArray<FieldError>>,
  execute: (target: A, request: OperatorRequest) => Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
) => {
  const readBody = operatorRequestReader(schema)
  return HttpRouter.route(
    "POST",
    path,
    Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest) {
      if (contentModeOf(request.headers) !== "json") return problemResponse(problems.UnsupportedMediaType)
      const target = readTarget((yield* HttpRouter.RouteContext).params)
      const query = noParameters(yield* HttpServerRequest.ParsedSearchParams)
      const read = yield* Effect.result(readBody(request))
      if (Result.isFailure(read)) return toProblem(read.failure)
      const body = read.success
      if (Result.isFailure(target) || Result.isFailure(query) || Result.isFailure(body))
        return invalidRequest([
          ...validationErrorsIn(target),
          ...validationErrorsIn(query),
          ...validationErrorsIn(body)
        ])
      return yield* execute(target.success, body.success)
    })
  )
}
