import { HttpApi, type HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { Board } from "#domain/model/index.ts"
import { commandEndpoint } from "#layers/http/commands/commandEndpoint.ts"
import { liveSessionEndpoint } from "#layers/http/live/liveSessionRoute.ts"
import { asyncApiEndpoints } from "#layers/http/monitoring/asyncApiRoutes.ts"
import { blueprintEndpoints } from "#layers/http/monitoring/blueprintRoutes.ts"
import { eventFeedEndpoint } from "#layers/http/monitoring/eventFeedRoute.ts"
import { historyEndpoints } from "#layers/http/monitoring/historyRoutes.ts"
import { searchEndpoint } from "#layers/http/monitoring/searchRoute.ts"
import { deadLetterEndpoints } from "#layers/http/operations/deadLetterRoutes.ts"
import { dismissEndpoint } from "#layers/http/operations/dismissRoutes.ts"
import { healthEndpoints } from "#layers/http/operations/healthRoutes.ts"
import { metricsEndpoint } from "#layers/http/operations/metricsRoute.ts"
import { operationsEndpoints } from "#layers/http/operations/operationsRoutes.ts"
import { voidEndpoint } from "#layers/http/operations/voidRoutes.ts"
import { errorSchemasOfApi } from "#layers/http/problems/problemSchemas.ts"
import { addSecuritySchemes } from "#layers/http/request/accessDescription.ts"
import { type EndpointDeclaration, toApiEndpoint } from "#layers/http/request/endpointDeclaration.ts"
import { sessionEndpoints } from "#layers/http/session/sessionEndpoints.ts"
import { rowsEndpoint } from "#layers/http/views/rowsEndpoint.ts"
import { viewEndpoint } from "#layers/http/views/viewEndpoint.ts"

const groupOf = (name: string, description: string, endpoints: ReadonlyArray<HttpApiEndpoint.Constraint>) =>
  endpoints.reduce<HttpApiGroup.Top>(
    (group, endpoint) => (group as any).add(endpoint),
    HttpApiGroup.make(name, { topLevel: true }).annotate(OpenApi.Description, description) as any
  )

/**
 * A board as an HTTP API: an endpoint for each command and each view, named after it, with all its responses. Routes are
 * made from the same declarations, except those of commands, whose body has three shapes.
 */
export const apiOf = (board: Board.Any): HttpApi.Top => {
  const errors = errorSchemasOfApi()
  const group = (name: string, description: string, declarations: ReadonlyArray<EndpointDeclaration>) =>
    groupOf(name, description, declarations.map(toApiEndpoint(errors)))
  const groups = [
    groupOf(
      "Commands",
      "Change something. Accepted: 201. Rejected by a rule: 409.",
      Board.commandSlices(board).map((slice) => commandEndpoint(slice, errors))
    ),
    group("Views", "Read something. With `after`, the row includes everything up to that position.", [
      ...Board.views(board).flatMap((slice) => [viewEndpoint(slice), rowsEndpoint(slice)]),
      liveSessionEndpoint(board)
    ]),
    group("Operations", "Dead letters and unreadable messages, which need an operator.", [
      ...deadLetterEndpoints,
      dismissEndpoint,
      voidEndpoint
    ]),
    group("Board", "The model itself, and what it sends and receives over NATS.", [
      ...blueprintEndpoints,
      ...asyncApiEndpoints
    ]),
    group("Log", "New and past events, and their causation.", [
      eventFeedEndpoint(board),
      ...historyEndpoints(board),
      searchEndpoint,
      ...operationsEndpoints
    ]),
    group("Session", "Who calls, and how a browser signs in.", sessionEndpoints(board)),
    group("Health", "Whether this process and its dependencies work, and how well.", [
      ...healthEndpoints,
      metricsEndpoint
    ])
  ]
  return groups
    .reduce<HttpApi.Top>((api, group) => (api as any).add(group), HttpApi.make(board.name) as any)
    .annotateMerge(
      OpenApi.annotations({ title: board.title, version: "1.0.0", transform: addSecuritySchemes })
    ) as HttpApi.Top
}
