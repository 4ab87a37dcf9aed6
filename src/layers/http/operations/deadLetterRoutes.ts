import { Effect, Fiber, Schema } from "effect"
import { HttpRouter, type HttpServerRequest } from "effect/http"
import { HttpApiEndpoint, HttpApiSchema, OpenApi } from "effect/http-api"
import { Parked, DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
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

/** A retry that takes longer goes on, and is answered for what it is. */
const retryTimeout = "10 seconds"

export const DeadLetterListing = Schema.Struct({ parked: Schema.Array(Parked) }).annotate({ identifier: "ParkedList" })

export const RetryResult = Schema.Struct({
  retried: Schema.NullOr(Schema.Int).annotate({
    description: "How many were taken, those before it and those that waited for it included; null while that goes on"
  })
}).annotate({ identifier: "Retried" })

/** What is parked as callers are told it. */
const redactDeadLetter = (letter: Parked): Parked => ({ ...letter, reason: redactForClient(letter.reason) })

/** What could not be taken, and the way back. */
export const deadLetterRoutes = Effect.fnUntraced(function* () {
  const deadLetters = yield* DeadLetters
  const retry = Effect.fnUntraced(function* ({ headers }: HttpServerRequest.HttpServerRequest) {
    // It has no body, but a browser lets any page send a POST without this header, and without a word of who sends it.
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
    }).annotate(OpenApi.Summary, "What views and automations could not take"),
    HttpApiEndpoint.post("retryParked", retryPath, {
      params: Schema.Struct({ id: describedString("As the list names it") }),
      success: [RetryResult, RetryResult.pipe(HttpApiSchema.status(202))],
      error: errors([
        ...routeProblems,
        problems.UnsupportedMediaType,
        problems.NotParked,
        problems.StillStuck,
        problems.StoreUnavailable
      ])
    })
      .annotate(OpenApi.Summary, "Take it again, what is parked before it in its place, and what waits for it")
      .annotate(
        OpenApi.Description,
        "It has no body; `content-type: application/json` is asked for all the same, so that no other site's page can send it."
      )
  ]
}
