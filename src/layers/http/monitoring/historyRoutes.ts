import { Array as Arr, Effect, Option, Result } from "effect"
import { HttpRouter, HttpServerRequest, type HttpServerResponse } from "effect/http"
import type { Board } from "#domain/model/index.ts"
import type { EventView } from "#layers/contract/eventSchema.ts"
import { DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { toProblem, invalidRequest } from "#layers/http/problems/toProblem.ts"
import {
  readPathParam,
  noParameters,
  singleValue,
  positionParam,
  queryReader,
  wholeNumberUpTo,
  validationErrorsIn
} from "#layers/http/request/queryParams.ts"
import { correlationIdOf } from "#layers/http/request/requestHeaders.ts"
import { jsonResponse, problemResponse } from "#layers/http/response/responses.ts"
import { explainCausation } from "#layers/monitoring/history/causation.ts"
import { type HistoryQuery, historyReader } from "#layers/monitoring/history/historyReader.ts"
import { toEventView } from "#layers/monitoring/history/toEventView.ts"
import { Scans, type ScanTooLong, type TooBusy } from "#layers/monitoring/scans/Scans.ts"
import { type StillCounting, LogTail } from "#layers/monitoring/tail/LogTail.ts"
import { EventLog, type LogUnavailable } from "#layers/services/EventLog.ts"
import type { StoreUnavailable } from "#layers/services/KeyValue.ts"
import { LogReader } from "#layers/services/LogReader.ts"
import { VoidedPositions } from "#layers/services/VoidedPositions.ts"
import { filterParams } from "./eventFeedRoute.ts"
import { fieldValueReader, streamIdReader } from "./historyParams.ts"

const defaultEventLimit = 50
export const maxEventsPerPage = 500

type HistoryRouteFailure = StillCounting | LogUnavailable | StoreUnavailable | TooBusy | ScanTooLong

/** Marks an event that an operator has voided or dismissed. */
const eventMarker = Effect.gen(function* () {
  const log = yield* EventLog
  const voided = yield* VoidedPositions
  const deadLetters = yield* DeadLetters

  const withDismissals = (view: EventView): EventView => {
    const dismissals = deadLetters
      .dismissedAt(view.position)
      .map(({ by: consumer, dismissed }) => ({ consumer, ...dismissed! }))
    return Arr.isReadonlyArrayNonEmpty(dismissals) ? { ...view, dismissed: dismissals } : view
  }

  return (event: EventView) => {
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
})

/** The history: pages of events, a single event, and its causation. */
export const historyRoutes = Effect.fnUntraced(function* (board: Board.Any) {
  const logTail = yield* LogTail
  const reader = yield* LogReader
  const log = yield* EventLog
  const findEvents = historyReader(board, logTail, reader)
  const explain = explainCausation(board, logTail, reader)
  const scans = yield* Scans
  const toView = toEventView(board)
  const withMarks = yield* eventMarker
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
        Effect.map(Effect.forEach(facts, withMarks, { concurrency: 16 }), (marked) =>
          jsonResponse(200, { facts: marked, next })
        )
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
