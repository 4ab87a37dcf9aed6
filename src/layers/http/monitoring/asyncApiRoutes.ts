import { Effect, Schema } from "effect"
import { HttpApiSchema } from "effect/http-api"
import type { Board } from "#domain/model/index.ts"
import { operators } from "#layers/access/Access.ts"
import { type AsyncApi, asyncApiOf } from "#layers/asyncapi/asyncApi.ts"
import { storedChannels } from "#layers/asyncapi/channels.ts"
import { publishedSchemas } from "#layers/asyncapi/publishedSchemas.ts"
import { Channels } from "#layers/contract/channelsSchema.ts"
import { problemSchema } from "#layers/http/problems/problemSchemas.ts"
import { problems, rejectionProblem } from "#layers/http/problems/problemTypes.ts"
import { declaredRoute } from "#layers/http/request/declaredRoute.ts"
import { declareEndpoint } from "#layers/http/request/endpointDeclaration.ts"
import { conditional, contentHeaders } from "#layers/http/request/endpointSchemas.ts"
import { ifNoneMatch, textParam } from "#layers/http/request/parameters.ts"
import { LogName } from "#layers/http/response/LogName.ts"
import { commonHeaders, jsonResponse, problemResponse } from "#layers/http/response/responses.ts"
import { contentEndpoint, contentRoute, onFirstRequest } from "#layers/http/static/contentRoute.ts"
import { serveContent, StaticContent } from "#layers/http/static/StaticContent.ts"
import { Scans } from "#layers/monitoring/scans/Scans.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { LogReader } from "#layers/services/LogReader.ts"
import { scanProblems } from "./scanProblems.ts"

const schemaMediaType = "application/schema+json"

const documentEndpoint = contentEndpoint(
  "asyncapi",
  "/asyncapi.json",
  "The board as an AsyncAPI document: what it sends and receives over NATS",
  Schema.JsonObject
)

const schemaEndpoint = declareEndpoint({
  name: "schema",
  method: "GET",
  path: "/schemas/:type/:version",
  access: "authenticated",
  summary: "The JSON Schema that a `dataschema` names",
  params: {
    type: textParam("The type of an event, a rejection or another entry of the audit"),
    version: textParam("The last part of the `dataschema`")
  },
  headers: { "if-none-match": ifNoneMatch },
  success: conditional(Schema.JsonObject.pipe(HttpApiSchema.asJson({ contentType: schemaMediaType })), contentHeaders),
  mediaType: schemaMediaType,
  problemTypes: [problems.NoSuchSchema]
})

const channelsEndpoint = declareEndpoint({
  name: "channels",
  method: "GET",
  path: "/channels",
  access: operators,
  summary: "The newest message of each channel that a stream stores",
  success: Channels,
  problemTypes: scanProblems
})

export const asyncApiEndpoints = [documentEndpoint, schemaEndpoint, channelsEndpoint]

/** The AsyncAPI document of a board, with the problem documents of its rejections. */
export const asyncApiDocument = (board: Board.Any): AsyncApi =>
  asyncApiOf(board, (rejection) => problemSchema(rejectionProblem(rejection)))

const schemaRoute = (board: Board.Any) => {
  const contents = new Map(
    publishedSchemas(board).map(({ schema, type, version }) => [
      `${type}/${version}`,
      new StaticContent(JSON.stringify(schema), schemaMediaType)
    ])
  )
  return declaredRoute(schemaEndpoint, ({ correlationId, params: { type, version }, request }) => {
    const content = contents.get(`${type}/${version}`)
    return content
      ? serveContent(request, content, commonHeaders)
      : Effect.succeed(
          problemResponse(problems.NoSuchSchema, { correlationId, fields: { known: [...contents.keys()] } })
        )
  })
}

/** One read for each channel. The position is read first, so that the messages are not older. */
const channelsRoute = Effect.fnUntraced(function* (board: Board.Any) {
  const reader = yield* LogReader
  const log = yield* EventLog
  const scans = yield* Scans
  const { current: logName } = yield* LogName
  const channels = storedChannels(board)
  const readAll = Effect.gen(function* () {
    const position = yield* log.lastPosition()
    const newest = yield* Effect.forEach(
      channels,
      ({ filter, name, stream }) =>
        Effect.map(reader.newest(stream, filter), (found) => [name, found ?? null] as const),
      { concurrency: "unbounded" }
    )
    return jsonResponse(200, { log: logName(), position, newest: Object.fromEntries(newest) } satisfies Channels)
  })
  return declaredRoute(channelsEndpoint, () => scans.short(readAll))
})

/** The AsyncAPI document, the schemas that its messages name, and the newest messages of its channels. */
export const asyncApiRoutes = Effect.fnUntraced(function* (board: Board.Any) {
  return [
    contentRoute(
      documentEndpoint,
      onFirstRequest(() => asyncApiDocument(board))
    ),
    schemaRoute(board),
    yield* channelsRoute(board)
  ]
})
