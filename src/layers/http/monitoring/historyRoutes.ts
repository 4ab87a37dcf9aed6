import { Array as Arr, Effect, Option, Result } from "effect"
import { HttpRouter, HttpServerRequest, type HttpServerResponse } from "effect/http"
import { Board, Boundary, Key } from "#domain/model/index.ts"
import type { EventView } from "#layers/contract/eventSchema.ts"
import { DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { toProblem, invalidRequest } from "#layers/http/problems/toProblem.ts"
import { keyDecoder } from "#layers/http/request/keyParams.ts"
import {
  readPathParam,
  noParameters,
  singleValue,
  positionParam,
  queryReader,
  type ParamReader,
  wholeNumberUpTo,
  validationErrorsIn
} from "#layers/http/request/queryParams.ts"
import { correlationIdOf } from "#layers/http/request/requestHeaders.ts"
import { jsonResponse, problemResponse } from "#layers/http/response/responses.ts"
import { explainCausation } from "#layers/monitoring/history/causation.ts"
import { type HistoryQuery, historyReader } from "#layers/monitoring/history/historyReader.ts"
import { toEventView } from "#layers/monitoring/history/toEventView.ts"
import { Scans, type ScanTooLong, type TooBusy } from "#layers/monitoring/scans/Scans.ts"
import { type MatchByType, eventMatcher } from "#layers/monitoring/search/fieldIndex.ts"
import { type StillCounting, LogTail } from "#layers/monitoring/tail/LogTail.ts"
import { EventLog, type LogUnavailable } from "#layers/services/EventLog.ts"
import type { StoreUnavailable } from "#layers/services/KeyValue.ts"
import { LogReader } from "#layers/services/LogReader.ts"
import { VoidedPositions } from "#layers/services/VoidedPositions.ts"
import { filterParams } from "./eventFeedRoute.ts"

const defaultEventLimit = 50
export const maxEventsPerPage = 500

/**
 * An event stream, as in the subject of a CloudEvent: `room-night/1_2022-12-12`. Its key has to be valid for the
 * boundary.
 */
const streamIdReader = (board: Board.Any): ParamReader<Boundary.StreamId> => {
  const boundaries = new Map(
    board.lanes.map(({ boundary }) => {
      const fields = Object.keys(boundary.key)
      return [boundary.name, { boundary, fields, decode: keyDecoder(boundary.key as Key.Key) }]
    })
  )
  return singleValue((value) => {
    const [name = "", key = "", ...more] = value.split("/")
    const entry = boundaries.get(name)
    if (!entry || more.length > 0) {
      const names = [...boundaries.keys()]
      return Result.fail([`Expected an event stream, such as ${names[0]}/…, of one of ${names.join(", ")}`])
    }
    const { boundary, decode, fields } = entry
    const texts = Key.fromSubjectToken(boundary.key, key)
    if (!texts) {
      return Result.fail([`Expected the key of an event stream (${fields.join(", ")}), as in the subject of an event`])
    }
    const about = decode(Object.fromEntries(fields.map((field, n) => [field, texts[n]])))
    if (Result.isFailure(about)) return Result.fail(about.failure.map(({ message, path }) => `${path}: ${message}`))
    const streamId = Boundary.streamId(boundary, about.success as never)
    return streamId.key === key
      ? Result.succeed(streamId)
      : Result.fail([`Expected it written as ${Boundary.format(streamId)}`])
  })
}

/** Values of fields, `room:1`, one per parameter: the part after the first colon is the value as in a path. */
const fieldValueReader = (board: Board.Any): ParamReader<MatchByType> => {
  const find = eventMatcher(board)
  return (values) => {
    const terms = values.map((value) => {
      const [name = "", ...text] = value.split(":")
      return { name, text: text.join(":") }
    })
    const found = find(terms)
    return found.size > 0
      ? Result.succeed(found)
      : Result.fail(["Expected a field that an event of the board has, and a value of it: room:1"])
  }
}

type HistoryRouteFailure = StillCounting | LogUnavailable | StoreUnavailable | TooBusy | ScanTooLong

/** The history: pages of events, a single event, and its causation. */
export const historyRoutes = Effect.fnUntraced(function* (board: Board.Any) {
  const logTail = yield* LogTail
  const reader = yield* LogReader
  const log = yield* EventLog
  const findEvents = historyReader(board, logTail, reader)
  const explain = explainCausation(board, logTail, reader)
  const scans = yield* Scans
  const toView = toEventView(board)
  const readQuery = queryReader({
    ...filterParams(board),
    place: streamIdReader(board),
    where: fieldValueReader(board),
    id: singleValue((id) => Result.succeed(id)),
    before: positionParam,
    limit: wholeNumberUpTo(maxEventsPerPage)
  })

  const orProblem = (
    request: HttpServerRequest.HttpServerRequest,
    response: Effect.Effect<HttpServerResponse.HttpServerResponse, HistoryRouteFailure>
  ) => response.pipe(Effect.catch((failure) => Effect.succeed(toProblem(failure, correlationIdOf(request.headers)))))

  const voided = yield* VoidedPositions

  const deadLetters = yield* DeadLetters
  const withDismissals = (view: EventView): EventView => {
    const dismissals = deadLetters
      .dismissedAt(view.position)
      .map(({ by: consumer, dismissed }) => ({ consumer, ...dismissed! }))
    return Arr.isReadonlyArrayNonEmpty(dismissals) ? { ...view, dismissed: dismissals } : view
  }

  /** Marks events that an operator has voided or dismissed. */
  const withMarks = (event: EventView) => {
    const view = withDismissals(event)
    return view.unknown === undefined
      ? Effect.succeed(view)
      : Effect.map(
          voided.find({ position: view.position, subject: view.natssubject }, log.identity),
          Option.match({
            onNone: () => view,
            onSome: ({ by, reason, time }): EventView => ({ ...view, voided: { reason, by, time } })
          })
        )
  }
  const allWithMarks = (all: ReadonlyArray<EventView>) => Effect.forEach(all, withMarks, { concurrency: 16 })

  const list = Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest) {
    const query = readQuery(yield* HttpServerRequest.ParsedSearchParams)
    if (Result.isFailure(query)) return invalidRequest(query.failure, correlationIdOf(request.headers))
    const { before, correlation, id, lane, limit = defaultEventLimit, place: streamId, type, where } = query.success
    const historyQuery: HistoryQuery = {
      lanes: lane,
      types: type,
      correlationId: correlation,
      streamId,
      values: where,
      id,
      before,
      limit
    }
    // An unfiltered page reads only the events that it returns; a filtered one may read far more.
    const run = [correlation, id, lane, streamId, type, where].every((filter) => filter === undefined)
      ? scans.short
      : scans.long
    return yield* orProblem(
      request,
      // Outside the scan, so that waiting for the first count occupies no scan slot.
      Effect.flatMap(Effect.andThen(logTail.counts, run(findEvents(historyQuery))), ({ facts, next }) =>
        Effect.map(allWithMarks(facts), (facts) => jsonResponse(200, { facts, next }))
      )
    )
  })

  /** Handles a route about the event at a position. */
  const positionHandler =
    (find: (position: number) => Effect.Effect<object | undefined, HistoryRouteFailure>) =>
    (request: HttpServerRequest.HttpServerRequest) =>
      Effect.gen(function* () {
        const { params } = yield* HttpRouter.RouteContext
        const read = readPathParam("position", positionParam, params["position"])
        const query = noParameters(yield* HttpServerRequest.ParsedSearchParams)
        const correlationId = correlationIdOf(request.headers)
        if (Result.isFailure(read) || Result.isFailure(query)) {
          return invalidRequest([...validationErrorsIn(read), ...validationErrorsIn(query)], correlationId)
        }
        return yield* orProblem(
          request,
          Effect.map(find(read.success), (found) =>
            found ? jsonResponse(200, found) : problemResponse(problems.NoSuchPosition, { correlationId })
          )
        )
      })

  const eventAt = (position: number) =>
    Effect.flatMap(position === 0 ? Effect.succeed([]) : reader.readPage(position - 1, position), ([logged]) =>
      logged ? withMarks(toView(logged)) : Effect.undefined
    )

  const causationAt = (position: number) =>
    position === 0
      ? Effect.undefined
      : Effect.andThen(
          logTail.counts,
          scans.long(Effect.flatMap(log.lastPosition(), (newest) => explain(position, newest)))
        )

  return [
    HttpRouter.route("GET", "/facts", list),
    HttpRouter.route("GET", "/facts/:position", positionHandler(eventAt)),
    HttpRouter.route("GET", "/facts/:position/why", positionHandler(causationAt))
  ]
})
