import { Effect, Schema } from "effect"
import { operators } from "#layers/access/Access.ts"
import { DismissedLetter } from "#layers/contract/deadLetterSchema.ts"
import { DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import { dismissDeadLetter } from "#layers/deadLetters/dismissDeadLetter.ts"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { declaredRoute } from "#layers/http/request/declaredRoute.ts"
import { declareEndpoint } from "#layers/http/request/endpointDeclaration.ts"
import { operatorOf, operatorRequestSchema } from "#layers/http/request/operatorRequest.ts"
import { textParam } from "#layers/http/request/parameters.ts"
import { jsonResponse, problemResponse } from "#layers/http/response/responses.ts"
import { detachAfterTimeout } from "#layers/timing/detachAfterTimeout.ts"

const DismissResponse = Schema.Struct({
  ...DismissedLetter.fields,
  taken: Schema.NullOr(Schema.Int).annotate({
    description: "How many events that it blocked were processed; null while that goes on"
  })
}).annotate({ identifier: "Dismissed" })

export const dismissEndpoint = declareEndpoint({
  name: "dismissParked",
  method: "POST",
  path: "/operations/parked/:id/dismiss",
  access: operators,
  summary: "Dismiss a dead letter: its view or automation skips the event, and processes those that it blocked",
  params: { id: textParam("The id in the list, of the first dead letter of its event stream") },
  payload: operatorRequestSchema("DismissRequest", "dismisses"),
  success: DismissResponse,
  problemTypes: [
    problems.NotParked,
    problems.WaitsBehind,
    problems.MessageTooLarge,
    problems.WriteRejected,
    problems.StoreUnavailable,
    problems.LogUnavailable,
    problems.LogFull
  ]
})

/** Dismisses a dead letter that will never succeed: its view or automation skips the event and goes on after it. */
export const dismissRoute = declaredRoute(
  dismissEndpoint,
  ({ correlationId, params: { id }, payload: { by, reason } }) =>
    Effect.gen(function* () {
      const deadLetters = yield* DeadLetters
      const dismissed = yield* dismissDeadLetter(id, { reason, by: yield* operatorOf(by) })
      const { consumer, place } = dismissed
      const processedCount = yield* detachAfterTimeout(deadLetters.retryBlocked({ by: consumer, place }))
      return jsonResponse(200, { ...dismissed, taken: processedCount })
    }).pipe(
      Effect.catchTags({
        DeadLetterNotFound: ({ id, message }) =>
          Effect.succeed(problemResponse(problems.NotParked, { detail: message, correlationId, fields: { id } })),
        DeadLetterBlocked: ({ first, id, message }) =>
          Effect.succeed(
            problemResponse(problems.WaitsBehind, { detail: message, correlationId, fields: { id, first } })
          )
      })
    )
)
