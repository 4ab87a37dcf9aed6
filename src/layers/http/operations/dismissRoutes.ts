import { Effect, Result, Schema } from "effect"
import { HttpApiEndpoint, OpenApi } from "effect/http-api"
import { DismissedLetter } from "#layers/contract/deadLetterSchema.ts"
import { DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import { dismissDeadLetter } from "#layers/deadLetters/dismissDeadLetter.ts"
import type { ErrorSchemas } from "#layers/http/problems/problemSchemas.ts"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { toProblem } from "#layers/http/problems/toProblem.ts"
import { describedString } from "#layers/http/request/endpointSchemas.ts"
import { type OperatorRequest, operatorRequestSchema } from "#layers/http/request/operatorRequest.ts"
import { jsonResponse, problemResponse } from "#layers/http/response/responses.ts"
import { detachAfterTimeout } from "#layers/timing/detachAfterTimeout.ts"
import { operatorRoute } from "./operatorRoute.ts"

const path = "/operations/parked/:id/dismiss"

const DismissRequest = operatorRequestSchema("DismissRequest", "dismisses")

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
export const dismissRoutes = () => [operatorRoute(path, DismissRequest, ({ id = "" }) => Result.succeed(id), dismiss)]

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
