import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiSchema, OpenApi } from "effect/http-api"
import { Board, type Slice } from "#domain/model/index.ts"
import { listOf } from "#layers/blueprint/blueprint.ts"
import { Blueprint } from "#layers/contract/blueprintSchema.ts"
import { Counts, FactsPage, Reset, Seen, Why } from "#layers/contract/eventSchema.ts"
import { Operations, Progress, Rows, Totals } from "#layers/contract/operationsSchema.ts"
import { Rejections } from "#layers/contract/rejectionsSchema.ts"
import { Search } from "#layers/contract/searchSchema.ts"
import type { Errors } from "#layers/http/problems/problemSchemas.ts"
import { type Kind, problems } from "#layers/http/problems/problemTypes.ts"
import { CallersId } from "#layers/http/request/headers.ts"
import { bounded, contentEtag, correlated, etag, optional, said } from "#layers/http/request/parameters.ts"
import { describedEvents } from "#layers/http/response/sse.ts"
import { mostRows } from "#layers/http/views/rowsRoute.ts"
import { mostFacts } from "./historyRoutes.ts"
import { mostCharacters } from "./searchRoute.ts"

const everywhere = [problems.InvalidRequest, problems.RouteNotFound, problems.MethodNotAllowed, problems.InternalError]
const counted = [...everywhere, problems.StillCounting, problems.LogUnavailable, problems.StoreUnavailable]
/** What reads much. */
const scanned = [...counted, problems.TooBusy, problems.ScanTooLong]

const ifNoneMatch = { "if-none-match": said("Answer 304 if what is there still has this ETag") }
const unchanged = HttpApiSchema.Empty(304).annotate({ description: "It still has that ETag" })

interface Described {
  readonly summary: string
  readonly description?: string
  readonly params?: Readonly<Record<string, Schema.Top>>
  /** Parameters of the query that may be left out. */
  readonly query?: Readonly<Record<string, Schema.Top>>
  /** Parameters of the query that may not. */
  readonly needed?: Readonly<Record<string, Schema.Top>>
  readonly headers?: Readonly<Record<string, Schema.Top>>
  readonly success: ReadonlyArray<Schema.Top> | Schema.Top
  readonly wrong: ReadonlyArray<Kind>
}

const Position = (description: string) => Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)).annotate({ description })

const endpoints = (errors: Errors) => (name: string, path: `/${string}`, described: Described) => {
  const { description, headers, needed, params, query, success, summary, wrong } = described
  return HttpApiEndpoint.get(name, path, {
    ...(params && { params: Schema.Struct(params) }),
    ...((query || needed) && { query: Schema.Struct({ ...needed, ...optional(query ?? {}) }) }),
    ...(headers && { headers: Schema.Struct(optional(headers)) }),
    success: success as never,
    error: errors(wrong, correlated) as never
  }).annotateMerge(
    OpenApi.annotations({
      summary,
      ...(description !== undefined && { description }),
      transform: bounded({ ...params, ...needed, ...query })
    })
  )
}

const narrowing = (board: Board.Any) => {
  const several = (names: ReadonlyArray<string>, description: string) =>
    Schema.Array(Schema.Literals(names)).annotate({ description: `${description}; may stand several times` })
  return {
    lane: several(
      board.lanes.map(({ name }) => name),
      "Only facts of this lane"
    ),
    type: several(
      Board.facts(board).map(({ identifier }) => identifier),
      "Only facts of this type"
    ),
    correlation: CallersId.annotate({ description: "Only facts that are part of this" })
  }
}

/** An answer as events: how far it has come, and then what it is. */
const withProgress = (result: Schema.Constraint) =>
  describedEvents({ progress: Progress, result, problem: Schema.JsonObject })

/** The board itself, as data. */
export const boardEndpoints = (errors: Errors) => {
  const endpoint = endpoints(errors)
  return [
    endpoint("blueprint", "/blueprint.json", {
      summary: "The board as data, with what the last test run said",
      headers: ifNoneMatch,
      success: [HttpApiSchema.WithHeaders(Blueprint, contentEtag), unchanged],
      wrong: everywhere
    }),
    endpoint("blueprintSchema", "/blueprint.schema.json", {
      summary: "What the board as data looks like, as JSON Schema",
      headers: ifNoneMatch,
      success: [HttpApiSchema.WithHeaders(Schema.JsonObject, contentEtag), unchanged],
      wrong: everywhere
    })
  ]
}

/** What happens and happened. */
export const watchEndpoints = (board: Board.Any, errors: Errors) => {
  const endpoint = endpoints(errors)
  const at = { position: Position("A position in the log") }
  return [
    endpoint("events", "/events", {
      summary: "What happens, as it happens",
      description:
        "Server-sent events: a `fact` with its position and the log's name as id, `25@Zk3x9PqLw0aB`, or `counts` instead where there are more than 200 a second. Goes on behind `Last-Event-ID`. If that is of another log, a `reset` comes first, and then what comes next. Who narrows nothing is told of rejected commands too: `rejections`, without an id.",
      query: {
        ...narrowing(board),
        after: said("Begin behind this position, `25` or `25@Zk3x9PqLw0aB`; without it, with what comes next")
      },
      headers: { "last-event-id": said("Begin behind this event") },
      success: describedEvents({ fact: Seen, counts: Counts, rejections: Rejections, reset: Reset }),
      wrong: [...counted, problems.TooManyListeners, problems.TooManyListenersOfAddress]
    }),
    endpoint("facts", "/facts", {
      summary: "What happened, newest first",
      query: {
        ...narrowing(board),
        place: said("Only facts in this place: `room-night/1_2022-12-12`"),
        where: Schema.Array(Schema.String).annotate({
          description:
            "Only facts that have this value in this field, `room:1`: an entity is its id; may stand several times"
        }),
        id: said("Only the fact with this id"),
        before: Position("Only facts before this position"),
        limit: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: mostFacts }))
      },
      success: FactsPage,
      wrong: scanned
    }),
    endpoint("fact", "/facts/:position", {
      summary: "What stands at a position of the log",
      params: at,
      success: Seen,
      wrong: [...everywhere, problems.NoSuchPosition, problems.LogUnavailable]
    }),
    endpoint("why", "/facts/:position/why", {
      summary: "Why a fact is there: the commands and facts of its story",
      params: at,
      success: Why,
      wrong: [...scanned, problems.NoSuchPosition]
    }),
    endpoint("search", "/search", {
      summary: "Rows, events and correlations that a text names",
      description:
        "`room 12 2026-12-01`: values of fields, each with the name of its field before it or without, in quotes where they have spaces. All of them have to hold. Or a position, an event id or a correlation id.",
      needed: { q: said(`What to look for: 1 to ${mostCharacters} characters`) },
      query: {
        before: Position("Only older events that have the values: the `next` of the answer before")
      },
      success: Search,
      wrong: scanned
    }),
    endpoint("operations", "/operations", {
      summary: "How many facts there are, and how all that follows the log stands",
      success: Operations,
      wrong: scanned
    }),
    endpoint("operationsAt", "/operations/at/:position", {
      summary: "How many facts there were, as of a position",
      description: "For a caller who prefers `text/event-stream`, they come with the progress of the count.",
      params: at,
      success: [Totals, withProgress(Totals)],
      wrong: scanned
    })
  ]
}

/** The rows of a view, by the words of its key. */
export const rowsEndpoint = (slice: Slice.View<any, any>, errors: Errors) => {
  const words = Object.keys(slice.key)
  const word = said("A value as in a path, or a range with both ends: `1..20`, `2022-12-01..`, `..2022-12-31`")
  return endpoints(errors)(`${slice.shows.name}List`, listOf(slice), {
    summary: `${slice.title}: many rows at once`,
    description: "For a caller who prefers `text/event-stream`, rows as of a position come with their progress.",
    query: {
      ...Object.fromEntries(words.map((name) => [name, word])),
      limit: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: mostRows })),
      next: said("Go on behind the rows of the page before, whose `next` this is"),
      after: Position("Answer once the view knows this position of the log"),
      at: Position("As of this position of the log")
    },
    headers: ifNoneMatch,
    success: [HttpApiSchema.WithHeaders(Rows, etag), withProgress(Rows), unchanged],
    wrong: [...scanned, problems.TooMuchToFold, problems.ViewBehind, problems.ViewRebuilding]
  })
}
