import { Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { Board } from "#domain/model/index.ts"
import { commandEndpoint } from "#layers/http/commands/commandEndpoint.ts"
import { boardEndpoints, logEndpoints } from "#layers/http/monitoring/logEndpoints.ts"
import { deadLetterEndpoints } from "#layers/http/operations/deadLetterRoutes.ts"
import { dismissEndpoints } from "#layers/http/operations/dismissRoutes.ts"
import { Alive, Readiness } from "#layers/http/operations/healthRoutes.ts"
import { voidEndpoints } from "#layers/http/operations/voidRoutes.ts"
import { type ErrorSchemas, errorSchemasOfApi } from "#layers/http/problems/problemSchemas.ts"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { rowsEndpoint } from "#layers/http/views/rowsEndpoint.ts"
import { viewEndpoint } from "#layers/http/views/viewEndpoint.ts"

const healthEndpoints = (errors: ErrorSchemas) => {
  const error = errors([problems.RouteNotFound, problems.MethodNotAllowed, problems.InternalError])
  const notReady = HttpApiSchema.WithHeaders(Readiness.pipe(HttpApiSchema.status(503)), {
    "retry-after": Schema.String
  }).annotate({
    description:
      "Something is not reachable, or a view has not caught up with the log as it was at the start of this process"
  })
  return [
    HttpApiEndpoint.get("live", "/health/live", { success: Alive, error }).annotate(
      OpenApi.Summary,
      "Whether this process responds"
    ),
    HttpApiEndpoint.get("ready", "/health/ready", {
      success: Readiness,
      error: [...error, notReady]
    }).annotate(OpenApi.Summary, "Whether this process, its dependencies and its views are ready")
  ]
}

const group = (name: string, description: string, endpoints: ReadonlyArray<HttpApiEndpoint.Constraint>) =>
  endpoints.reduce<HttpApiGroup.Top>(
    (group, endpoint) => (group as any).add(endpoint),
    HttpApiGroup.make(name, { topLevel: true }).annotate(OpenApi.Description, description) as any
  )

/**
 * A board as an HTTP API: an endpoint for each command and each view, named after it, with all its responses. It is
 * only the contract: `routes.ts` implements it by hand, so that a 400 lists every error of a request at once.
 */
export const apiOf = (board: Board.Any): HttpApi.Top => {
  const errors = errorSchemasOfApi()
  const groups = [
    group(
      "Commands",
      "Change something. Accepted: 201. Rejected by a rule: 409.",
      Board.commandSlices(board).map((slice) => commandEndpoint(slice, errors))
    ),
    group(
      "Views",
      "Read something. With `after`, the row includes everything up to that position.",
      Board.views(board).flatMap((slice) => [viewEndpoint(slice, errors), rowsEndpoint(slice, errors)])
    ),
    group("Operations", "Dead letters and unreadable messages, which need an operator.", [
      ...deadLetterEndpoints(errors),
      ...dismissEndpoints(errors),
      ...voidEndpoints(errors)
    ]),
    group("Board", "The model itself.", boardEndpoints(errors)),
    group("Log", "New and past events, and their causation.", logEndpoints(board, errors)),
    group("Health", "Whether this process and its dependencies work.", healthEndpoints(errors))
  ]
  return groups
    .reduce<HttpApi.Top>((api, group) => (api as any).add(group), HttpApi.make(board.name) as any)
    .annotateMerge(OpenApi.annotations({ title: board.title, version: "1.0.0" })) as HttpApi.Top
}
