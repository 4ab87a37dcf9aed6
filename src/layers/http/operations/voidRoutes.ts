import { Effect, Schema } from "effect"
import { HttpApiEndpoint, OpenApi } from "effect/http-api"
import { resolveDeadLetters, voidPosition } from "#layers/deadLetters/voidPosition.ts"
import type { ErrorSchemas } from "#layers/http/problems/problemSchemas.ts"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { toProblem } from "#layers/http/problems/toProblem.ts"
import { type OperatorRequest, operatorRequestSchema } from "#layers/http/request/operatorRequest.ts"
import { positionParam, readPathParam } from "#layers/http/request/queryParams.ts"
import { jsonResponse, problemResponse } from "#layers/http/response/responses.ts"
import { VoidedPosition } from "#layers/services/VoidedPositions.ts"
import { detachAfterTimeout } from "#layers/timing/detachAfterTimeout.ts"
import { operatorRoute } from "./operatorRoute.ts"

const path = "/operations/void/:position"

const VoidRequest = operatorRequestSchema("VoidRequest", "voids")

const VoidResponse = Schema.Struct({
  ...VoidedPosition.fields,
  deadLetters: Schema.NullOr(Schema.Int).annotate({
    description:
      "How many dead letters of this position remain, behind an earlier one of their event stream; null while their retry goes on"
  })
}).annotate({ identifier: "Voided" })

const voidAndResolve = (at: number, { by = "operator", reason }: OperatorRequest) =>
  Effect.gen(function* () {
    const voided = yield* voidPosition(at, { reason, by })
    const deadLetters = yield* detachAfterTimeout(resolveDeadLetters(at))
    return jsonResponse(200, { ...voided, deadLetters })
  }).pipe(
    Effect.catchTags({
      PositionNotFound: ({ message }) => Effect.succeed(problemResponse(problems.NoSuchPosition, { detail: message })),
      PositionReadable: ({ message, position }) =>
        Effect.succeed(problemResponse(problems.PositionReadable, { detail: message, fields: { position } }))
    }),
    Effect.catch((failure) => Effect.succeed(toProblem(failure)))
  )

/** Voids a position whose message the board cannot read, so that its event stream is usable again. */
export const voidRoutes = () => [
  operatorRoute(path, VoidRequest, ({ position }) => readPathParam("position", positionParam, position), voidAndResolve)
]

export const voidEndpoints = (errors: ErrorSchemas) => [
  HttpApiEndpoint.post("voidPosition", path, {
    params: Schema.Struct({
      position: Schema.String.annotate({ description: "A position of the log that the board cannot read" })
    }),
    payload: VoidRequest,
    success: VoidResponse,
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
