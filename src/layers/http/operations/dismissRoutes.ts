import { Effect, Result, Schema } from "effect"
import { HttpRouter, HttpServerRequest } from "effect/http"
import { HttpApiEndpoint, OpenApi } from "effect/http-api"
import { DismissedLetter } from "#layers/contract/deadLetterSchema.ts"
import { Parking } from "#layers/deadLetters/DeadLetters.ts"
import { dismissDeadLetter } from "#layers/deadLetters/dismissDeadLetter.ts"
import type { Errors } from "#layers/http/problems/problemSchemas.ts"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { failed, invalid } from "#layers/http/problems/toProblem.ts"
import { modeOf } from "#layers/http/request/headers.ts"
import { operatorReader, type OperatorRequest, operatorRequest } from "#layers/http/request/operatorRequest.ts"
import { said } from "#layers/http/request/parameters.ts"
import { noParameters, wrongsIn } from "#layers/http/request/query.ts"
import { json, problem } from "#layers/http/response/response.ts"
import { soonOrNull } from "#layers/timing/continueInBackground.ts"

const path = "/operations/parked/:id/dismiss"

const DismissRequest = operatorRequest("DismissRequest", "dismisses")
const readBody = operatorReader(DismissRequest)

const Answer = Schema.Struct({
  ...DismissedLetter.fields,
  taken: Schema.NullOr(Schema.Int).annotate({
    description: "How many events that waited behind it were taken; null while that goes on"
  })
}).annotate({ identifier: "Dismissed" })

const dismiss = (id: string, { by = "operator", reason }: OperatorRequest) =>
  Effect.gen(function* () {
    const parking = yield* Parking
    const dismissed = yield* dismissDeadLetter(id, { reason, by })
    const { consumer, place } = dismissed
    const taken = yield* soonOrNull(parking.takeWaiting({ by: consumer, place }))
    return json(200, { ...dismissed, taken })
  }).pipe(
    Effect.catchTags({
      NotParked: ({ id, message }) => Effect.succeed(problem(problems.NotParked, { detail: message, fields: { id } })),
      WaitsBehind: ({ first, id, message }) =>
        Effect.succeed(problem(problems.WaitsBehind, { detail: message, fields: { id, first } }))
    }),
    Effect.catch((failure) => Effect.succeed(failed(failure)))
  )

/** The way out where an event will never be taken: its follower gives it up, and goes on behind it. */
export const dismissRoutes = () => {
  const handle = Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest) {
    if (modeOf(request.headers) !== "json") return problem(problems.UnsupportedMediaType)
    const { id = "" } = (yield* HttpRouter.RouteContext).params
    const query = noParameters(yield* HttpServerRequest.ParsedSearchParams)
    const read = yield* Effect.result(readBody(request))
    if (Result.isFailure(read)) return failed(read.failure)
    const body = read.success
    if (Result.isFailure(query) || Result.isFailure(body)) return invalid([...wrongsIn(query), ...wrongsIn(body)])
    return yield* dismiss(id, body.success)
  })
  return [HttpRouter.route("POST", path, handle)]
}

export const dismissEndpoints = (errors: Errors) => [
  HttpApiEndpoint.post("dismissParked", path, {
    params: Schema.Struct({ id: said("As the list names it: the first of its place") }),
    payload: DismissRequest,
    success: Answer,
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
    "Dismiss a dead letter: its view or automation passes over the event, and takes what waits behind it"
  )
]
