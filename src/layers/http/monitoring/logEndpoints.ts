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
/** What reads much. */
const scanProblems = [...countProblems, problems.TooBusy, problems.ScanTooLong]

const ifNoneMatchHeader = { "if-none-match": describedString("Answer 304 if what is there still has this ETag") }
const notModified = HttpApiSchema.Empty(304).annotate({ description: "It still has that ETag" })

interface EndpointDescription {
  readonly summary: string
  readonly description?: string
  readonly params?: Readonly<Record<string, Schema.Top>>
  /** Parameters of the query that may be left out. */
  readonly query?: Readonly<Record<string, Schema.Top>>
  /** Parameters of the query that may not. */
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
    Schema.Array(Schema.Literals(names)).annotate({ description: `${description}; may stand several times` })
  return {
    lane: manyOf(
      board.lanes.map(({ name }) => name),
      "Only facts of this lane"
    ),
    type: manyOf(
      Board.events(board).map(({ identifier }) => identifier),
      "Only facts of this type"
    ),
    correlation: ClientSuppliedId.annotate({ description: "Only facts that are part of this" })
  }
}

/** An answer as events: how far it has come, and then what it is. */
const progressResponse = (result: Schema.Constraint) =>
  sseSchema({ progress: Progress, result, problem: Schema.JsonObject })

/** The board itself, as data. */
export const boardEndpoints = (errors: ErrorSchemas) => {
  const endpoint = endpointFactory(errors)
  return [
    endpoint("blueprint", "/blueprint.json", {
      summary: "The board as data, with what the last test run said",
      headers: ifNoneMatchHeader,
      success: [HttpApiSchema.WithHeaders(Blueprint, contentEtagHeader), notModified],
      problemTypes: baseProblems
    }),
    endpoint("blueprintSchema", "/blueprint.schema.json", {
      summary: "What the board as data looks like, as JSON Schema",
      headers: ifNoneMatchHeader,
      success: [HttpApiSchema.WithHeaders(Schema.JsonObject, contentEtagHeader), notModified],
      problemTypes: baseProblems
    })
  ]
}

/** What happens and happened. */
export const logEndpoints = (board: Board.Any, errors: ErrorSchemas) => {
  const endpoint = endpointFactory(errors)
  const at = { position: positionSchema("A position in the log") }
  return [
    endpoint("events", "/events", {
      summary: "What happens, as it happens",
      description:
        "Server-sent events: a `fact` with its position and the log's name as id, `25@Zk3x9PqLw0aB`, or `counts` instead where there are more than 200 a second. Goes on behind `Last-Event-ID`. If that is of another log, a `reset` comes first, and then what comes next. Who narrows nothing is told of rejected commands too: `rejections`, without an id.",
      query: {
        ...filterParamSchemas(board),
        after: describedString(
          "Begin behind this position, `25` or `25@Zk3x9PqLw0aB`; without it, with what comes next"
        )
      },
      headers: { "last-event-id": describedString("Begin behind this event") },
      success: sseSchema({ fact: EventView, counts: Counts, rejections: Rejections, reset: Reset }),
      problemTypes: [...countProblems, problems.TooManyListeners, problems.TooManyListenersOfAddress]
    }),
    endpoint("facts", "/facts", {
      summary: "What happened, newest first",
      query: {
        ...filterParamSchemas(board),
        place: describedString("Only facts in this place: `room-night/1_2022-12-12`"),
        where: Schema.Array(Schema.String).annotate({
          description:
            "Only facts that have this value in this field, `room:1`: an entity is its id; may stand several times"
        }),
        id: describedString("Only the fact with this id"),
        before: positionSchema("Only facts before this position"),
        limit: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: maxEventsPerPage }))
      },
      success: EventPage,
      problemTypes: scanProblems
    }),
    endpoint("fact", "/facts/:position", {
      summary: "What stands at a position of the log",
      params: at,
      success: EventView,
      problemTypes: [...baseProblems, problems.NoSuchPosition, problems.LogUnavailable]
    }),
    endpoint("why", "/facts/:position/why", {
      summary: "Why a fact is there: the commands and facts of its story",
      params: at,
      success: Causation,
      problemTypes: [...scanProblems, problems.NoSuchPosition]
    }),
    endpoint("search", "/search", {
      summary: "Rows, events and correlations that a text names",
      description:
        "`room 12 2026-12-01`: values of fields, each with the name of its field before it or without, in quotes where they have spaces. All of them have to hold. Or a position, an event id or a correlation id.",
      requiredQuery: { q: describedString(`What to look for: 1 to ${maxQueryLength} characters`) },
      query: {
        before: positionSchema("Only older events that have the values: the `next` of the answer before")
      },
      success: Search,
      problemTypes: scanProblems
    }),
    endpoint("operations", "/operations", {
      summary: "How many facts there are, and how all that follows the log stands",
      success: Operations,
      problemTypes: scanProblems
    }),
    endpoint("operationsAt", "/operations/at/:position", {
      summary: "How many facts there were, as of a position",
      description: "For a caller who prefers `text/event-stream`, they come with the progress of the count.",
      params: at,
      success: [Totals, progressResponse(Totals)],
      problemTypes: scanProblems
    })
  ]
}

/** The rows of a view, by the words of its key. */
export const rowsEndpoint = (slice: Slice.View<any, any>, errors: ErrorSchemas) => {
  const words = Object.keys(slice.key)
  const keyParam = describedString(
    "A value as in a path, or a range with both ends: `1..20`, `2022-12-01..`, `..2022-12-31`"
  )
  return endpointFactory(errors)(`${slice.shows.name}List`, listPathOf(slice), {
    summary: `${slice.title}: many rows at once`,
    description: "For a caller who prefers `text/event-stream`, rows as of a position come with their progress.",
    query: {
      ...Object.fromEntries(words.map((name) => [name, keyParam])),
      limit: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: maxRowsPerPage })),
      next: describedString("Go on behind the rows of the page before, whose `next` this is"),
      after: positionSchema("Answer once the view knows this position of the log"),
      at: positionSchema("As of this position of the log")
    },
    headers: ifNoneMatchHeader,
    success: [HttpApiSchema.WithHeaders(Rows, etagHeader), progressResponse(Rows), notModified],
    problemTypes: [...scanProblems, problems.TooMuchToFold, problems.ViewBehind, problems.ViewRebuilding]
  })
}
