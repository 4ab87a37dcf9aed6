import { Effect, Result, Schema } from "effect"
import { HttpRouter, HttpServerRequest } from "effect/http"
import { HttpApiEndpoint, OpenApi } from "effect/http-api"
import { resolveDeadLetters, voidPosition } from "#layers/deadLetters/voidPosition.ts"
import type { Errors } from "#layers/http/problems/problemSchemas.ts"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { failed, invalid } from "#layers/http/problems/toProblem.ts"
import { modeOf } from "#layers/http/request/headers.ts"
import { operatorReader, type OperatorRequest, operatorRequest } from "#layers/http/request/operatorRequest.ts"
import { inPath, noParameters, position, wrongsIn } from "#layers/http/request/query.ts"
import { json, problem } from "#layers/http/response/response.ts"
import { VoidedPosition } from "#layers/services/VoidedPositions.ts"
import { soonOrNull } from "#layers/timing/continueInBackground.ts"

const path = "/operations/void/:position"

const VoidRequest = operatorRequest("VoidRequest", "voids")
const readBody = operatorReader(VoidRequest)

const Answer = Schema.Struct({
  ...VoidedPosition.fields,
  deadLetters: Schema.NullOr(Schema.Int).annotate({
    description: "How many still stand on this position, behind an earlier one of their place; null while that goes on"
  })
}).annotate({ identifier: "Voided" })

const voidOne = (at: number, { by = "operator", reason }: OperatorRequest) =>
  Effect.gen(function* () {
    const voided = yield* voidPosition(at, { reason, by })
    const deadLetters = yield* soonOrNull(resolveDeadLetters(at))
    return json(200, { ...voided, deadLetters })
  }).pipe(
    Effect.catchTags({
      NothingThere: ({ message }) => Effect.succeed(problem(problems.NoSuchPosition, { detail: message })),
      PositionReadable: ({ message, position }) =>
        Effect.succeed(problem(problems.PositionReadable, { detail: message, fields: { position } }))
    }),
    Effect.catch((failure) => Effect.succeed(failed(failure)))
  )

/** The way out where a message that the board cannot read stands in an event stream. */
export const voidRoutes = () => {
  const handle = Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest) {
    if (modeOf(request.headers) !== "json") return problem(problems.UnsupportedMediaType)
    const { params } = yield* HttpRouter.RouteContext
    const at = inPath("position", position, params["position"])
    const query = noParameters(yield* HttpServerRequest.ParsedSearchParams)
    const read = yield* Effect.result(readBody(request))
    if (Result.isFailure(read)) return failed(read.failure)
    const body = read.success
    const wrongs = [...wrongsIn(at), ...wrongsIn(query), ...wrongsIn(body)]
    if (Result.isFailure(at) || Result.isFailure(body) || Result.isFailure(query)) return invalid(wrongs)
    return yield* voidOne(at.success, body.success)
  })
  return [HttpRouter.route("POST", path, handle)]
}

export const voidEndpoints = (errors: Errors) => [
  HttpApiEndpoint.post("voidPosition", path, {
    params: Schema.Struct({
      position: Schema.String.annotate({ description: "A position of the log that the board cannot read" })
    }),
    payload: VoidRequest,
    success: Answer,
    error: errors([
      problems.InvalidRequest,
      problems.RouteNotFound,
      problems.MethodNotAllowed,
      problems.BodyTooLarge,
      problems.UnsupportedMediaType,
      problems.InternalError,
      problems.NoSuchPosition,
      problems.PositionReadable,
      problems.LogUnavailable,
      problems.LogFull
    ])
  }).annotate(
    OpenApi.Summary,
    "Void a position that the board cannot read: decisions, views and automations treat it as absent"
  )
]
