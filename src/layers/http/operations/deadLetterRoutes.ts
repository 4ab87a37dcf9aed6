import { Effect, Fiber, Schema } from "effect"
import { HttpRouter, type HttpServerRequest } from "effect/http"
import { HttpApiEndpoint, HttpApiSchema, OpenApi } from "effect/http-api"
import { DeadLetter, DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import type { ErrorSchemas } from "#layers/http/problems/problemSchemas.ts"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { redactForClient } from "#layers/http/problems/redactForClient.ts"
import { toProblem } from "#layers/http/problems/toProblem.ts"
import { describedString } from "#layers/http/request/endpointSchemas.ts"
import { contentModeOf } from "#layers/http/request/requestHeaders.ts"
import { withoutParameters } from "#layers/http/request/withoutParameters.ts"
import { jsonResponse, problemResponse } from "#layers/http/response/responses.ts"

const listPath = "/operations/parked"
const retryPath = `${listPath}/:id/retry` as const

/** A retry that takes longer goes on in the background, and gets a 202. */
const retryTimeout = "10 seconds"

export const DeadLetterListing = Schema.Struct({ parked: Schema.Array(DeadLetter) }).annotate({
  identifier: "ParkedList"
})

export const RetryResult = Schema.Struct({
  retried: Schema.NullOr(Schema.Int).annotate({
    description:
      "How many events were processed, including earlier dead letters and blocked events of the same stream; null while the retry goes on"
  })
}).annotate({ identifier: "Retried" })

/** A dead letter as clients receive it. */
const redactDeadLetter = (letter: DeadLetter): DeadLetter => ({ ...letter, reason: redactForClient(letter.reason) })

/** Lists dead letters, and retries them. */
export const deadLetterRoutes = Effect.fnUntraced(function* () {
  const deadLetters = yield* DeadLetters
  const retry = Effect.fnUntraced(function* ({ headers }: HttpServerRequest.HttpServerRequest) {
    // A retry has no body, but a browser lets any page send a POST without this header and without naming its origin.
    if (contentModeOf(headers) !== "json") return problemResponse(problems.UnsupportedMediaType)
    const { id = "" } = (yield* HttpRouter.RouteContext).params
    const fiber = yield* Effect.forkDetach(deadLetters.retry(id))
    return yield* Fiber.join(fiber).pipe(
      Effect.map((retried) => jsonResponse(200, { retried })),
      Effect.timeoutOrElse({
        duration: retryTimeout,
        orElse: () => Effect.succeed(jsonResponse(202, { retried: null }))
      }),
      Effect.catchTags({
        DeadLetterNotFound: ({ id, message }) =>
          Effect.succeed(problemResponse(problems.NotParked, { detail: message, fields: { id } })),
        RetryFailed: ({ id, message, reason }) => {
          const response = problemResponse(problems.StillStuck, {
            detail: redactForClient(message),
            fields: { id, reason: redactForClient(reason) }
          })
          return Effect.as(Effect.logWarning(message), response)
        },
        StoreUnavailable: (failure) => Effect.succeed(toProblem(failure))
      })
    )
  })
  return [
    HttpRouter.route(
      "GET",
      listPath,
      withoutParameters(() =>
        deadLetters.all.pipe(
          Effect.map((letters) => jsonResponse(200, { parked: letters.map(redactDeadLetter) })),
          Effect.catch((failure) => Effect.succeed(toProblem(failure)))
        )
      )
    ),
    HttpRouter.route("POST", retryPath, withoutParameters(retry))
  ]
})

export const deadLetterEndpoints = (errors: ErrorSchemas) => {
  const routeProblems = [problems.RouteNotFound, problems.MethodNotAllowed, problems.InternalError]
  return [
    HttpApiEndpoint.get("parked", listPath, {
      success: DeadLetterListing,
      error: errors([...routeProblems, problems.StoreUnavailable])
    }).annotate(OpenApi.Summary, "The dead letters of views and automations"),
    HttpApiEndpoint.post("retryParked", retryPath, {
      params: Schema.Struct({ id: describedString("The id in the list") }),
      success: [RetryResult, RetryResult.pipe(HttpApiSchema.status(202))],
      error: errors([
        ...routeProblems,
        problems.UnsupportedMediaType,
        problems.NotParked,
        problems.StillStuck,
        problems.StoreUnavailable
      ])
    })
      .annotate(OpenApi.Summary, "Retry a dead letter, earlier ones of its event stream, and the events they block")
      .annotate(
        OpenApi.Description,
        "It has no body, but requires `content-type: application/json`, so that no other site's page can send it."
      )
  ]
}
