import { Effect, Schema } from "effect"
import { operators } from "#layers/access/Access.ts"
import { VoidedPosition } from "#layers/contract/voidedPositionSchema.ts"
import { resolveDeadLetters, voidPosition } from "#layers/deadLetters/voidPosition.ts"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { declaredRoute } from "#layers/http/request/declaredRoute.ts"
import { declareEndpoint } from "#layers/http/request/endpointDeclaration.ts"
import { operatorOf, operatorRequestSchema } from "#layers/http/request/operatorRequest.ts"
import { positionParam } from "#layers/http/request/parameters.ts"
import { jsonResponse, problemResponse } from "#layers/http/response/responses.ts"
import { detachAfterTimeout } from "#layers/timing/detachAfterTimeout.ts"

const VoidResponse = Schema.Struct({
  ...VoidedPosition.fields,
  deadLetters: Schema.NullOr(Schema.Int).annotate({
    description:
      "How many dead letters of this position remain, behind an earlier one of their event stream; null while their retry goes on"
  })
}).annotate({ identifier: "Voided" })

export const voidEndpoint = declareEndpoint({
  name: "voidPosition",
  method: "POST",
  path: "/operations/void/:position",
  access: operators,
  summary: "Void a position that the board cannot read: decisions, views and automations treat it as absent",
  params: { position: positionParam("A position of the log that the board cannot read") },
  payload: operatorRequestSchema("VoidRequest", "voids"),
  success: VoidResponse,
  problemTypes: [problems.NoSuchPosition, problems.PositionReadable, problems.LogUnavailable, problems.LogFull]
})

/** Voids a position whose message the board cannot read, so that its event stream is usable again. */
export const voidRoute = declaredRoute(
  voidEndpoint,
  ({ correlationId, params: { position: at }, payload: { by, reason } }) =>
    Effect.gen(function* () {
      const voided = yield* voidPosition(at, { reason, by: yield* operatorOf(by) })
      const deadLetters = yield* detachAfterTimeout(resolveDeadLetters(at))
      return jsonResponse(200, { ...voided, deadLetters })
    }).pipe(
      Effect.catchTags({
        PositionNotFound: ({ message }) =>
          Effect.succeed(problemResponse(problems.NoSuchPosition, { detail: message, correlationId })),
        PositionReadable: ({ message, position }) =>
          Effect.succeed(
            problemResponse(problems.PositionReadable, { detail: message, correlationId, fields: { position } })
          )
      })
    )
)
