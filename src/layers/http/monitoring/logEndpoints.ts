import { Schema } from "effect"
import { HttpApiSchema } from "effect/http-api"
import { Board } from "#domain/model/index.ts"
import { Blueprint } from "#layers/contract/blueprintSchema.ts"
import { Counts, EventPage, Reset, EventView, Causation } from "#layers/contract/eventSchema.ts"
import { Operations, Totals } from "#layers/contract/operationsSchema.ts"
import { Rejections } from "#layers/contract/rejectionsSchema.ts"
import { Search } from "#layers/contract/searchSchema.ts"
import type { ErrorSchemas } from "#layers/http/problems/problemSchemas.ts"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { contentEtagHeader, describedString } from "#layers/http/request/endpointSchemas.ts"
import { ClientSuppliedId } from "#layers/http/request/requestHeaders.ts"
import { sseSchema } from "#layers/http/response/sse.ts"
import {
  baseProblems,
  countProblems,
  endpointFactory,
  ifNoneMatchHeader,
  notModified,
  positionSchema,
  progressResponse,
  scanProblems
} from "./endpointFactory.ts"
import { maxEventsPerPage } from "./historyRoutes.ts"
import { maxQueryLength } from "./searchRoute.ts"

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
