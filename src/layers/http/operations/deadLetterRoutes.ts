import { Effect, Fiber, Schema } from "effect"
import { HttpRouter, type HttpServerRequest } from "effect/http"
import { HttpApiEndpoint, HttpApiSchema, OpenApi } from "effect/http-api"
import { Parked, Parking } from "#layers/deadLetters/DeadLetters.ts"
import type { Errors } from "#layers/http/problems/problemSchemas.ts"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { failed } from "#layers/http/problems/toProblem.ts"
import { forCallers } from "#layers/http/problems/withoutServerDetails.ts"
import { modeOf } from "#layers/http/request/headers.ts"
import { said } from "#layers/http/request/parameters.ts"
import { withoutParameters } from "#layers/http/request/withoutParameters.ts"
import { json, problem } from "#layers/http/response/response.ts"

const list = "/operations/parked"
const one = `${list}/:id/retry` as const

/** A retry that takes longer goes on, and is answered for what it is. */
const patience = "10 seconds"

export const ParkedList = Schema.Struct({ parked: Schema.Array(Parked) }).annotate({ identifier: "ParkedList" })

export const Retried = Schema.Struct({
  retried: Schema.NullOr(Schema.Int).annotate({
    description: "How many were taken, those before it and those that waited for it included; null while that goes on"
  })
}).annotate({ identifier: "Retried" })

/** What is parked as callers are told it. */
const toldOf = (parked: Parked): Parked => ({ ...parked, reason: forCallers(parked.reason) })

/** What could not be taken, and the way back. */
export const parkedRoutes = Effect.fnUntraced(function* () {
  const parking = yield* Parking
  const retry = Effect.fnUntraced(function* ({ headers }: HttpServerRequest.HttpServerRequest) {
    // It has no body, but a browser lets any page send a POST without this header, and without a word of who sends it.
    if (modeOf(headers) !== "json") return problem(problems.UnsupportedMediaType)
    const { id = "" } = (yield* HttpRouter.RouteContext).params
    const fiber = yield* Effect.forkDetach(parking.retry(id))
    return yield* Fiber.join(fiber).pipe(
      Effect.map((retried) => json(200, { retried })),
      Effect.timeoutOrElse({ duration: patience, orElse: () => Effect.succeed(json(202, { retried: null })) }),
      Effect.catchTags({
        NotParked: ({ id, message }) =>
          Effect.succeed(problem(problems.NotParked, { detail: message, fields: { id } })),
        StillStuck: ({ id, message, reason }) => {
          const told = problem(problems.StillStuck, {
            detail: forCallers(message),
            fields: { id, reason: forCallers(reason) }
          })
          return Effect.as(Effect.logWarning(message), told)
        },
        StoreUnavailable: (failure) => Effect.succeed(failed(failure))
      })
    )
  })
  return [
    HttpRouter.route(
      "GET",
      list,
      withoutParameters(() =>
        parking.all.pipe(
          Effect.map((parked) => json(200, { parked: parked.map(toldOf) })),
          Effect.catch((failure) => Effect.succeed(failed(failure)))
        )
      )
    ),
    HttpRouter.route("POST", one, withoutParameters(retry))
  ]
})

export const parkedEndpoints = (errors: Errors) => {
  const usual = [problems.RouteNotFound, problems.MethodNotAllowed, problems.InternalError]
  return [
    HttpApiEndpoint.get("parked", list, {
      success: ParkedList,
      error: errors([...usual, problems.StoreUnavailable])
    }).annotate(OpenApi.Summary, "What views and automations could not take"),
    HttpApiEndpoint.post("retryParked", one, {
      params: Schema.Struct({ id: said("As the list names it") }),
      success: [Retried, Retried.pipe(HttpApiSchema.status(202))],
      error: errors([
        ...usual,
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
