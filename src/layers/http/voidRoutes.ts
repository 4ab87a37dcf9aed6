import { Effect, Fiber, Option, Result, Schema } from "effect"
import { HttpRouter, HttpServerRequest } from "effect/http"
import { HttpApiEndpoint, OpenApi } from "effect/http-api"
import { VoidedPosition } from "../VoidedPositions.ts"
import { resolveDeadLetters, voidPosition } from "../runtime/voiding.ts"
import { json, problem } from "./answer.ts"
import { textOf } from "./body.ts"
import { failed, invalid } from "./failure.ts"
import { modeOf } from "./headers.ts"
import { problems } from "./problems.ts"
import type { Errors } from "./problemSchemas.ts"
import { inPath, noParameters, position, wrongsIn } from "./query.ts"
import { wrongsOf } from "./wrong.ts"

const path = "/operations/void/:position"

/** A resolution of dead letters that takes longer goes on by itself. */
const resolveWithin = "10 seconds"

const text = (description: string, most: number) =>
  Schema.String.check(
    Schema.makeFilter((text) => text.trim() !== "" || "Expected some text"),
    Schema.isMaxLength(most)
  ).annotate({ description })

const VoidRequest = Schema.Struct({
  reason: text("Why it is voided; it stays in the audit", 1_000),
  by: Schema.optionalKey(text("Who voids it; else `operator`", 128))
}).annotate({ identifier: "VoidRequest" })

const Answer = Schema.Struct({
  ...VoidedPosition.fields,
  deadLetters: Schema.NullOr(Schema.Int).annotate({
    description: "How many still stand on this position, behind an earlier one of their place; null while that goes on"
  })
}).annotate({ identifier: "Voided" })

const decodeBody = Schema.decodeUnknownResult(Schema.fromJsonString(VoidRequest), {
  errors: "all",
  onExcessProperty: "error"
})

const voidOne = (at: number, body: typeof VoidRequest.Type) =>
  Effect.gen(function* () {
    const voided = yield* voidPosition(at, { reason: body.reason, by: body.by ?? "operator" })
    const fiber = yield* Effect.forkDetach(resolveDeadLetters(at))
    const deadLetters = yield* Fiber.join(fiber).pipe(
      Effect.timeoutOption(resolveWithin),
      Effect.orElseSucceed(() => Option.none())
    )
    return json(200, { ...voided, deadLetters: Option.getOrNull(deadLetters) })
  }).pipe(
    Effect.catchTags({
      NothingThere: ({ message }) => Effect.succeed(problem(problems.NoSuchPosition, { detail: message })),
      PositionReadable: ({ message, position }) =>
        Effect.succeed(problem(problems.PositionReadable, { detail: message, fields: { position } }))
    }),
    Effect.catch((failure) => Effect.succeed(failed(failure)))
  )

/** The way out where a message that the board cannot read stands in an event stream. */
export const voidRoutes = () => {
  const handle = Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest) {
    if (modeOf(request.headers) !== "json") return problem(problems.UnsupportedMediaType)
    const { params } = yield* HttpRouter.RouteContext
    const at = inPath("position", position, params["position"])
    const query = noParameters(yield* HttpServerRequest.ParsedSearchParams)
    const read = yield* Effect.result(textOf(request))
    if (Result.isFailure(read)) return failed(read.failure)
    const body = decodeBody(read.success)
    const wrongs = [...wrongsIn(at), ...wrongsIn(query), ...(Result.isFailure(body) ? wrongsOf(body.failure) : [])]
    if (Result.isFailure(at) || Result.isFailure(body) || Result.isFailure(query)) return invalid(wrongs)
    return yield* voidOne(at.success, body.success)
  })
  return [HttpRouter.route("POST", path, handle)]
}

export const voidEndpoints = (errors: Errors) => [
  HttpApiEndpoint.post("voidPosition", path, {
    params: Schema.Struct({
      position: Schema.String.annotate({ description: "A position of the log that the board cannot read" })
    }),
    payload: VoidRequest,
    success: Answer,
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
