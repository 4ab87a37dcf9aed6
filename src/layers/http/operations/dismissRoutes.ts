import { Effect, Result, Schema } from "effect"
import { HttpRouter, HttpServerRequest } from "effect/http"
import { HttpApiEndpoint, OpenApi } from "effect/http-api"
import { DismissedLetter } from "#layers/contract/deadLetterSchema.ts"
import { DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import { dismissDeadLetter } from "#layers/deadLetters/dismissDeadLetter.ts"
import type { ErrorSchemas } from "#layers/http/problems/problemSchemas.ts"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { toProblem, invalidRequest } from "#layers/http/problems/toProblem.ts"
import { describedString } from "#layers/http/request/endpointSchemas.ts"
import {
  operatorRequestReader,
  type OperatorRequest,
  operatorRequestSchema
} from "#layers/http/request/operatorRequest.ts"
import { noParameters, validationErrorsIn } from "#layers/http/request/queryParams.ts"
import { contentModeOf } from "#layers/http/request/requestHeaders.ts"
import { jsonResponse, problemResponse } from "#layers/http/response/responses.ts"
import { detachAfterTimeout } from "#layers/timing/detachAfterTimeout.ts"

const path = "/operations/parked/:id/dismiss"

const DismissRequest = operatorRequestSchema("DismissRequest", "dismisses")
const readBody = operatorRequestReader(DismissRequest)

const DismissResponse = Schema.Struct({
  ...DismissedLetter.fields,
  taken: Schema.NullOr(Schema.Int).annotate({
    description: "How many events that it blocked were processed; null while that goes on"
  })
}).annotate({ identifier: "Dismissed" })

const dismiss = (id: string, { by = "operator", reason }: OperatorRequest) =>
  Effect.gen(function* () {
    const deadLetters = yield* DeadLetters
    const dismissed = yield* dismissDeadLetter(id, { reason, by })
    const { consumer, place } = dismissed
    const processedCount = yield* detachAfterTimeout(deadLetters.retryBlocked({ by: consumer, place }))
    return jsonResponse(200, { ...dismissed, taken: processedCount })
  }).pipe(
    Effect.catchTags({
      DeadLetterNotFound: ({ id, message }) =>
        Effect.succeed(problemResponse(problems.NotParked, { detail: message, fields: { id } })),
      DeadLetterBlocked: ({ first, id, message }) =>
        Effect.succeed(problemResponse(problems.WaitsBehind, { detail: message, fields: { id, first } }))
    }),
    Effect.catch((failure) => Effect.succeed(toProblem(failure)))
  )

/** Dismisses a dead letter that will never succeed: its view or automation skips the event and goes on after it. */
export const dismissRoutes = () => {
  const handle = Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest) {
    if (contentModeOf(request.headers) !== "json") return problemResponse(problems.UnsupportedMediaType)
    const { id = "" } = (yield* HttpRouter.RouteContext).params
    const query = noParameters(yield* HttpServerRequest.ParsedSearchParams)
    const read = yield* Effect.result(readBody(request))
    if (Result.isFailure(read)) return toProblem(read.failure)
    const body = read.success
    if (Result.isFailure(query) || Result.isFailure(body))
      return invalidRequest([...validationErrorsIn(query), ...validationErrorsIn(body)])
    return yield* dismiss(id, body.success)
  })
  return [HttpRouter.route("POST", path, handle)]
}

export const dismissEndpoints = (errors: ErrorSchemas) => [
  HttpApiEndpoint.post("dismissParked", path, {
    params: Schema.Struct({ id: describedString("The id in the list, of the first dead letter of its event stream") }),
    payload: DismissRequest,
    success: DismissResponse,
    error: errors([
      problems.InvalidRequest,
      problems.RouteNotFound,
      problems.MethodNotAllowed,
      problems.BodyTooLarge,
      problems.UnsupportedMediaType,
      problems.InternalError,
      problems.NotParked,
      problems.WaitsBehind,
      problems.MessageTooLarge,
      problems.WriteRejected,
      problems.StoreUnavailable,
      problems.LogUnavailable,
      problems.LogFull
    ])
  }).annotate(
    OpenApi.Summary,
    "Dismiss a dead letter: its view or automation skips the event, and processes those that it blocked"
  )
]
