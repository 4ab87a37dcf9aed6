import { Effect, Fiber, Schema } from "effect"
import { HttpApiSchema } from "effect/http-api"
import { operators } from "#layers/access/Access.ts"
import { DeadLetter, DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { redactForClient } from "#layers/http/problems/redactForClient.ts"
import { declaredRoute } from "#layers/http/request/declaredRoute.ts"
import { declareEndpoint } from "#layers/http/request/endpointDeclaration.ts"
import { textParam } from "#layers/http/request/parameters.ts"
import { jsonResponse, problemResponse } from "#layers/http/response/responses.ts"

const listPath = "/operations/parked"

/** A retry that takes longer goes on in the background, and gets a 202. */
const retryTimeout = "10 seconds"

export const DeadLetterListing = Schema.Struct({ parked: Schema.Array(DeadLetter) }).annotate({
  identifier: "ParkedList"
})

const RetryResult = Schema.Struct({
  retried: Schema.NullOr(Schema.Int).annotate({
    description:
      "How many events were processed, including earlier dead letters and blocked events of the same stream; null while the retry goes on"
  })
}).annotate({ identifier: "Retried" })

/** A dead letter as clients receive it. */
const redactDeadLetter = (letter: DeadLetter): DeadLetter => ({ ...letter, reason: redactForClient(letter.reason) })

const listEndpoint = declareEndpoint({
  name: "parked",
  method: "GET",
  path: listPath,
  access: operators,
  summary: "The dead letters of views and automations",
  success: DeadLetterListing,
  problemTypes: [problems.StoreUnavailable]
})

const retryEndpoint = declareEndpoint({
  name: "retryParked",
  method: "POST",
  path: `${listPath}/:id/retry`,
  access: operators,
  summary: "Retry a dead letter, earlier ones of its event stream, and the events they block",
  description:
    "It has no body, but requires `content-type: application/json`, so that no other site's page can send it.",
  params: { id: textParam("The id in the list") },
  success: [RetryResult, RetryResult.pipe(HttpApiSchema.status(202))],
  problemTypes: [problems.NotParked, problems.StillStuck, problems.StoreUnavailable]
})

export const deadLetterEndpoints = [listEndpoint, retryEndpoint]

/** Lists dead letters, and retries them. */
export const deadLetterRoutes = Effect.gen(function* () {
  const deadLetters = yield* DeadLetters
  const list = declaredRoute(listEndpoint, () =>
    Effect.map(deadLetters.all, (letters) => jsonResponse(200, { parked: letters.map(redactDeadLetter) }))
  )
  const retry = declaredRoute(retryEndpoint, ({ correlationId, params: { id } }) =>
    Effect.flatMap(Effect.forkDetach(deadLetters.retry(id)), Fiber.join).pipe(
      Effect.map((retried) => jsonResponse(200, { retried })),
      Effect.timeoutOrElse({
        duration: retryTimeout,
        orElse: () => Effect.succeed(jsonResponse(202, { retried: null }))
      }),
      Effect.catchTags({
        DeadLetterNotFound: ({ id, message }) =>
          Effect.succeed(problemResponse(problems.NotParked, { detail: message, correlationId, fields: { id } })),
        RetryFailed: ({ id, message, reason }) => {
          const response = problemResponse(problems.StillStuck, {
            detail: redactForClient(message),
            correlationId,
            fields: { id, reason: redactForClient(reason) }
          })
          return Effect.as(Effect.logWarning(message), response)
        }
      })
    )
  )
  return [list, retry]
})
