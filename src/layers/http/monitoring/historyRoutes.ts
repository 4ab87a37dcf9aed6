import { Array as Arr, Effect, Option } from "effect"
import type { Board } from "#domain/model/index.ts"
import { operators } from "#layers/access/Access.ts"
import { VoidedPositions } from "#layers/buckets/VoidedPositions.ts"
import { Causation, EventPage, EventView } from "#layers/contract/eventSchema.ts"
import { DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { declaredRoute } from "#layers/http/request/declaredRoute.ts"
import { declareEndpoint } from "#layers/http/request/endpointDeclaration.ts"
import { limitParam, positionParam, textParam } from "#layers/http/request/parameters.ts"
import { jsonResponse, problemResponse } from "#layers/http/response/responses.ts"
import { explainCausation } from "#layers/monitoring/history/causation.ts"
import { type HistoryQuery, historyReader } from "#layers/monitoring/history/historyReader.ts"
import { toEventView } from "#layers/monitoring/history/toEventView.ts"
import { Scans } from "#layers/monitoring/scans/Scans.ts"
import { LogTail } from "#layers/monitoring/tail/LogTail.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { LogReader } from "#layers/services/LogReader.ts"
import { fieldValueParam, filterParams, streamIdParam } from "./historyParams.ts"
import { scanProblems } from "./scanProblems.ts"

const defaultEventLimit = 50
const maxEventsPerPage = 500

const listEndpoint = (board: Board.Any) =>
  declareEndpoint({
    name: "facts",
    method: "GET",
    path: "/facts",
    access: operators,
    summary: "Past events, newest first",
    query: {
      ...filterParams(board),
      place: streamIdParam(board),
      where: fieldValueParam(board),
      id: textParam("Only the event with this id"),
      before: positionParam("Only events before this position"),
      limit: limitParam(maxEventsPerPage)
    },
    success: EventPage,
    problemTypes: scanProblems
  })

const params = { position: positionParam("A position in the log") }

const eventEndpoint = declareEndpoint({
  name: "fact",
  method: "GET",
  path: "/facts/:position",
  access: operators,
  summary: "The event at a position of the log",
  params,
  success: EventView,
  problemTypes: [problems.NoSuchPosition, problems.LogUnavailable]
})

const causationEndpoint = declareEndpoint({
  name: "why",
  method: "GET",
  path: "/facts/:position/why",
  access: operators,
  summary: "The causation of an event: the commands and events of its correlation",
  params,
  success: Causation,
  problemTypes: [...scanProblems, problems.NoSuchPosition]
})

export const historyEndpoints = (board: Board.Any) => [listEndpoint(board), eventEndpoint, causationEndpoint]

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

/** A page of past events. */
const listRoute = Effect.fnUntraced(function* (board: Board.Any) {
  const logTail = yield* LogTail
  const scans = yield* Scans
  const findEvents = historyReader(board, logTail, yield* LogReader)
  const withMarks = yield* eventMarker

  return declaredRoute(listEndpoint(board), ({ query }) => {
    const { before, correlation, id, lane, limit = defaultEventLimit, place: streamId, type, where } = query
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
    // Outside the scan, so that waiting for the first count occupies no scan slot.
    return Effect.flatMap(Effect.andThen(logTail.counts, run(findEvents(historyQuery))), ({ facts, next }) =>
      Effect.map(Effect.forEach(facts, withMarks, { concurrency: 16 }), (marked) =>
        jsonResponse(200, { facts: marked, next })
      )
    )
  })
})

const foundOrProblem = (found: object | undefined, correlationId: string | undefined) =>
  found ? jsonResponse(200, found) : problemResponse(problems.NoSuchPosition, { correlationId })

/** The history: pages of events, a single event, and its causation. */
export const historyRoutes = Effect.fnUntraced(function* (board: Board.Any) {
  const logTail = yield* LogTail
  const reader = yield* LogReader
  const log = yield* EventLog
  const scans = yield* Scans
  const explain = explainCausation(board, logTail, reader)
  const toView = toEventView(board)
  const withMarks = yield* eventMarker

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
    yield* listRoute(board),
    declaredRoute(eventEndpoint, ({ correlationId, params: { position } }) =>
      Effect.map(eventAt(position), (found) => foundOrProblem(found, correlationId))
    ),
    declaredRoute(causationEndpoint, ({ correlationId, params: { position } }) =>
      Effect.map(causationAt(position), (found) => foundOrProblem(found, correlationId))
    )
  ]
})
