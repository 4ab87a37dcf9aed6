import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiSchema, OpenApi } from "effect/http-api"
import { Board, type Slice } from "#domain/model/index.ts"
import { listPathOf } from "#layers/blueprint/blueprint.ts"
import { Blueprint } from "#layers/contract/blueprintSchema.ts"
import { Counts, EventPage, Reset, EventView, Causation } from "#layers/contract/eventSchema.ts"
import { Operations, Progress, Rows, Totals } from "#layers/contract/operationsSchema.ts"
import { Rejections } from "#layers/contract/rejectionsSchema.ts"
import { Search } from "#layers/contract/searchSchema.ts"
import type { ErrorSchemas } from "#layers/http/problems/problemSchemas.ts"
import { type ProblemType, problems } from "#layers/http/problems/problemTypes.ts"
import {
  withNumericBounds,
  contentEtagHeader,
  correlationHeader,
  etagHeader,
  optionalFields,
  describedString
} from "#layers/http/request/endpointSchemas.ts"
import { ClientSuppliedId } from "#layers/http/request/requestHeaders.ts"
import { sseSchema } from "#layers/http/response/sse.ts"
import { maxRowsPerPage } from "#layers/http/views/rowsRoute.ts"
import { maxEventsPerPage } from "./historyRoutes.ts"
import { maxQueryLength } from "./searchRoute.ts"

const baseProblems = [
  problems.InvalidRequest,
  problems.RouteNotFound,
  problems.MethodNotAllowed,
  problems.InternalError
]
const countProblems = [...baseProblems, problems.StillCounting, problems.LogUnavailable, problems.StoreUnavailable]
/** Of routes that may read much of the log. */
const scanProblems = [...countProblems, problems.TooBusy, problems.ScanTooLong]

const ifNoneMatchHeader = { "if-none-match": describedString("Respond with 304 if the content still has this ETag") }
const notModified = HttpApiSchema.Empty(304).annotate({ description: "The content still has that ETag" })

interface EndpointDescription {
  readonly summary: string
  readonly description?: string
  readonly params?: Readonly<Record<string, Schema.Top>>
  /** Optional parameters of the query. */
  readonly query?: Readonly<Record<string, Schema.Top>>
  /** Required parameters of the query. */
  readonly requiredQuery?: Readonly<Record<string, Schema.Top>>
  readonly headers?: Readonly<Record<string, Schema.Top>>
  readonly success: ReadonlyArray<Schema.Top> | Schema.Top
  readonly problemTypes: ReadonlyArray<ProblemType>
}

const positionSchema = (description: string) =>
  Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)).annotate({ description })

const endpointFactory =
  (errors: ErrorSchemas) => (name: string, path: `/${string}`, described: EndpointDescription) => {
    const { description, headers, requiredQuery, params, query, success, summary, problemTypes } = described
    return HttpApiEndpoint.get(name, path, {
      ...(params && { params: Schema.Struct(params) }),
      ...((query || requiredQuery) && { query: Schema.Struct({ ...requiredQuery, ...optionalFields(query ?? {}) }) }),
      ...(headers && { headers: Schema.Struct(optionalFields(headers)) }),
      success: success as never,
      error: errors(problemTypes, correlationHeader) as never
    }).annotateMerge(
      OpenApi.annotations({
        summary,
        ...(description !== undefined && { description }),
        transform: withNumericBounds({ ...params, ...requiredQuery, ...query })
      })
    )
  }

const filterParamSchemas = (board: Board.Any) => {
  const manyOf = (names: ReadonlyArray<string>, description: string) =>
    Schema.Array(Schema.Literals(names)).annotate({ description: `${description}; may be repeated` })
  return {
    lane: manyOf(
      board.lanes.map(({ name }) => name),
      "Only events of this lane"
    ),
    type: manyOf(
      Board.events(board).map(({ identifier }) => identifier),
      "Only events of this type"
    ),
    correlation: ClientSuppliedId.annotate({ description: "Only events with this correlation id" })
  }
}

/** A response as server-sent events: its progress, then the result or a problem. */
const progressResponse = (result: Schema.Constraint) =>
  sseSchema({ progress: Progress, result, problem: Schema.JsonObject })

/** Endpoints for the board itself, as data. */
export const boardEndpoints = (errors: ErrorSchemas) => {
  const endpoint = endpointFactory(errors)
  return [
    endpoint("blueprint", "/blueprint.json", {
      summary: "The board as data, with the results of the last test run",
      headers: ifNoneMatchHeader,
      success: [HttpApiSchema.WithHeaders(Blueprint, contentEtagHeader), notModified],
      problemTypes: baseProblems
    }),
    endpoint("blueprintSchema", "/blueprint.schema.json", {
      summary: "The JSON Schema of the board as data",
      headers: ifNoneMatchHeader,
      success: [HttpApiSchema.WithHeaders(Schema.JsonObject, contentEtagHeader), notModified],
      problemTypes: baseProblems
    })
  ]
}

/** Endpoints for new and past events, search, and counts. */
export const logEndpoints = (board: Board.Any, errors: ErrorSchemas) => {
  const endpoint = endpointFactory(errors)
  const at = { position: positionSchema("A position in the log") }
  return [
    endpoint("events", "/events", {
      summary: "New events, as they are appended",
      description:
        "Server-sent events: a `fact` for each event, whose id is its position and the log's name, `25@Zk3x9PqLw0aB`, or `counts` instead where there are more than 200 a second. Resumes after `Last-Event-ID`; if that is of another log, a `reset` comes first, then new events. Without a filter, `rejections` (without an id) report rejected commands too.",
      query: {
        ...filterParamSchemas(board),
        after: describedString("Begin after this position, `25` or `25@Zk3x9PqLw0aB`; by default with new events only")
      },
      headers: { "last-event-id": describedString("Begin after this event") },
      success: sseSchema({ fact: EventView, counts: Counts, rejections: Rejections, reset: Reset }),
      problemTypes: [...countProblems, problems.TooManyListeners, problems.TooManyListenersOfAddress]
    }),
    endpoint("facts", "/facts", {
      summary: "Past events, newest first",
      query: {
        ...filterParamSchemas(board),
        place: describedString("Only events of this event stream: `room-night/1_2022-12-12`"),
        where: Schema.Array(Schema.String).annotate({
          description:
            "Only events with this value in this field, `room:1`; an entity is given by its id; may be repeated"
        }),
        id: describedString("Only the event with this id"),
        before: positionSchema("Only events before this position"),
        limit: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: maxEventsPerPage }))
      },
      success: EventPage,
      problemTypes: scanProblems
    }),
    endpoint("fact", "/facts/:position", {
      summary: "The event at a position of the log",
      params: at,
      success: EventView,
      problemTypes: [...baseProblems, problems.NoSuchPosition, problems.LogUnavailable]
    }),
    endpoint("why", "/facts/:position/why", {
      summary: "The causation of an event: the commands and events of its correlation",
      params: at,
      success: Causation,
      problemTypes: [...scanProblems, problems.NoSuchPosition]
    }),
    endpoint("search", "/search", {
      summary: "Rows, events and correlations that match a text",
      description:
        "`room 12 2026-12-01`: values of fields, each with or without the name of its field before it, in quotes if it contains spaces. All of them have to match. Or a position, an event id or a correlation id.",
      requiredQuery: { q: describedString(`The text to search for: 1 to ${maxQueryLength} characters`) },
      query: {
        before: positionSchema("Only matching events before this position: the `next` of the previous response")
      },
      success: Search,
      problemTypes: scanProblems
    }),
    endpoint("operations", "/operations", {
      summary: "Counts of events, and the state of the views and automations",
      success: Operations,
      problemTypes: scanProblems
    }),
    endpoint("operationsAt", "/operations/at/:position", {
      summary: "Counts of events, as of a position",
      description: "With `accept: text/event-stream`, the progress of the count is sent before the result.",
      params: at,
      success: [Totals, progressResponse(Totals)],
      problemTypes: scanProblems
    })
  ]
}

/** The endpoint for the rows of a view, filtered by the fields of its key. */
export const rowsEndpoint = (slice: Slice.View<any, any>, errors: ErrorSchemas) => {
  const keyFields = Object.keys(slice.key)
  const keyParam = describedString(
    "A value as in a path, or a range that includes its ends: `1..20`, `2022-12-01..`, `..2022-12-31`"
  )
  return endpointFactory(errors)(`${slice.shows.name}List`, listPathOf(slice), {
    summary: `${slice.title}: many rows at once`,
    description: "With `accept: text/event-stream`, the progress of rows as of a position is sent before the result.",
    query: {
      ...Object.fromEntries(keyFields.map((name) => [name, keyParam])),
      limit: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: maxRowsPerPage })),
      next: describedString("Continue after the previous page: its `next`"),
      after: positionSchema("Respond once the view has reached this position of the log"),
      at: positionSchema("As of this position of the log")
    },
    headers: ifNoneMatchHeader,
    success: [HttpApiSchema.WithHeaders(Rows, etagHeader), progressResponse(Rows), notModified],
    problemTypes: [...scanProblems, problems.TooMuchToFold, problems.ViewBehind, problems.ViewRebuilding]
  })
}
