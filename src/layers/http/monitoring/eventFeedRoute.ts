import { Deferred, Effect, Option, Result } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { Board } from "#domain/model/index.ts"
import type { Reset } from "#layers/contract/eventSchema.ts"
import type { Rejections as RejectionsEvent } from "#layers/contract/rejectionsSchema.ts"
import { sseMediaType } from "#layers/http/checks/negotiation.ts"
import { problems, type FieldError } from "#layers/http/problems/problemTypes.ts"
import { toProblem, invalidRequest } from "#layers/http/problems/toProblem.ts"
import { manyOf, singleValue, queryReader, validationErrorsIn } from "#layers/http/request/queryParams.ts"
import { correlationIdOf, isClientSuppliedId } from "#layers/http/request/requestHeaders.ts"
import { EventSink } from "#layers/http/response/EventSink.ts"
import { type LogPosition, logPosition, LogName } from "#layers/http/response/LogName.ts"
import { problemResponse } from "#layers/http/response/responses.ts"
import { ssePreamble, sseComment, sseHeaders, encodeSse } from "#layers/http/response/sse.ts"
import { type FeedEncoding, type EventFeed, eventFeed } from "#layers/monitoring/feed/EventFeed.ts"
import { countsIntervalMillis, type EventFilter } from "#layers/monitoring/feed/feedItems.ts"
import { RejectionTracker } from "#layers/monitoring/feed/RejectionTracker.ts"
import { toEventView } from "#layers/monitoring/history/toEventView.ts"
import { toCount, type EventCounts } from "#layers/monitoring/tail/EventCounts.ts"
import { LogTail } from "#layers/monitoring/tail/LogTail.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { type ListenerLimits, listenerSlots } from "./listenerSlots.ts"

export const correlationParam = singleValue((value) =>
  isClientSuppliedId(value) ? Result.succeed(value) : Result.fail(["Expected 1 to 128 visible ASCII characters"])
)

/** The query parameters that filter events by lane, type or correlation. */
export const filterParams = (board: Board.Any) => ({
  lane: manyOf(board.lanes.map(({ name }) => name)),
  type: manyOf(Board.events(board).map(({ identifier }) => identifier)),
  correlation: correlationParam
})

/** Encodes the items of the feed as server-sent events. */
const sseEncodingOf = (board: Board.Any, idOf: (position: number) => string): FeedEncoding => {
  const toView = toEventView(board)
  return {
    event: (logged) => encodeSse({ event: "fact", id: idOf(logged.position), data: toView(logged) }),
    counts: (counts) => encodeSse({ event: "counts", id: idOf(counts.position), data: counts }),
    heartbeat: sseComment
  }
}

const parseLastEventId = (
  header: string | undefined
): Result.Result<LogPosition | undefined, ReadonlyArray<FieldError>> => {
  if (header === undefined || header === "") return Result.succeed(undefined)
  return Result.mapError(logPosition([header]), (messages) =>
    messages.map((message) => ({ path: "last-event-id", message }))
  )
}

/** Notifies listeners of rejected commands, at most as often as of counts. It starts with the first listener. */
const announceRejections = Effect.fnUntraced(function* (feed: EventFeed, firstListener: Deferred.Deferred<void>) {
  const rejections = yield* RejectionTracker
  let announcedVersion = 0
  const announceNext = Effect.gen(function* () {
    const { commands, version } = yield* rejections.awaitChanges(announcedVersion)
    const data: RejectionsEvent = { commands: Object.fromEntries(commands) }
    // Without an id: it is not a position that a client could resume from.
    if (commands.size > 0) yield* feed.announce(encodeSse({ event: "rejections", data }))
    announcedVersion = version
    yield* Effect.sleep(countsIntervalMillis)
  })
  yield* Effect.forkScoped(Effect.andThen(Deferred.await(firstListener), Effect.forever(announceNext)))
})

/** Determines the first item for a listener, and the position after which it listens. */
const feedStarter = Effect.fnUntraced(function* (encoding: FeedEncoding) {
  const logTail = yield* LogTail
  const log = yield* EventLog
  const { eventId: idOf, current: logName } = yield* LogName

  /** Counts of all types, for a client whose position is of a log that no longer exists. */
  const allCounts = ({ position, byType }: EventCounts) =>
    encoding.counts({
      since: 0,
      position,
      types: Object.fromEntries(Array.from(byType, ([type, typeCount]) => [type, toCount(typeCount)]))
    })

  return Effect.fnUntraced(function* (requested: LogPosition | undefined) {
    const counts = yield* logTail.counts
    const { position: newest } = counts
    const resumeFrom = requested ?? { position: newest, log: undefined }
    const isAhead = resumeFrom.position > newest && resumeFrom.position > (yield* log.lastPosition())
    // Older versions sent positions without the log's name. Of those, only one ahead of the log is known to be foreign.
    const isForeign = resumeFrom.log !== undefined && (resumeFrom.log !== logName() || isAhead)
    if (isForeign) {
      const data: Reset = { log: logName(), position: newest }
      return { first: encodeSse({ event: "reset", id: idOf(newest), data }), after: newest }
    }
    if (isAhead) return { first: allCounts(counts), after: newest }
    // Sets the client's `Last-Event-ID`, in case it disconnects before the first event.
    return { first: `id: ${idOf(resumeFrom.position)}\n\n`, after: resumeFrom.position }
  })
})

/** `/events`: streams new events, from a position if the client gives one, until `closing` completes. */
export const eventFeedRoute = Effect.fnUntraced(function* (
  board: Board.Any,
  closing: Effect.Effect<void>,
  limits: ListenerLimits
) {
  const logTail = yield* LogTail
  const sseEncoding = sseEncodingOf(board, (yield* LogName).eventId)
  const feed = yield* eventFeed(board, logTail, sseEncoding)
  const startFor = yield* feedStarter(sseEncoding)
  const firstListener = yield* Deferred.make<void>()
  yield* announceRejections(feed, firstListener)
  const readQuery = queryReader({ ...filterParams(board), after: logPosition })
  const openSinks = new Set<EventSink>()
  const acquireSlot = listenerSlots(limits)
  yield* Effect.forkScoped(
    Effect.andThen(
      closing,
      Effect.sync(() => openSinks.forEach((sink) => sink.end()))
    )
  )

  const respond = Effect.fnUntraced(function* (filter: EventFilter, requested: LogPosition | undefined) {
    const { after, first } = yield* startFor(requested)
    const sink = yield* Effect.acquireRelease(
      Effect.sync(() => new EventSink()),
      (sink) =>
        Effect.sync(() => {
          openSinks.delete(sink)
          sink.destroy()
        })
    )
    openSinks.add(sink)
    sink.write(Buffer.from(ssePreamble + first))
    yield* feed.listen(filter, after, sink)
    yield* Deferred.succeed(firstListener, undefined)
    return HttpServerResponse.raw(sink, { contentType: sseMediaType, headers: sseHeaders })
  })

  const handle = Effect.fnUntraced(function* ({ headers, remoteAddress }: HttpServerRequest.HttpServerRequest) {
    const query = readQuery(yield* HttpServerRequest.ParsedSearchParams)
    const lastEventId = parseLastEventId(headers["last-event-id"])
    const correlationId = correlationIdOf(headers)
    if (Result.isFailure(query) || Result.isFailure(lastEventId)) {
      return invalidRequest([...validationErrorsIn(query), ...validationErrorsIn(lastEventId)], correlationId)
    }
    const limitReached = yield* acquireSlot(Option.getOrElse(remoteAddress, () => ""))
    if (limitReached === "total")
      return problemResponse(problems.TooManyListeners, { correlationId, fields: { most: limits.total } })
    if (limitReached === "address") {
      return problemResponse(problems.TooManyListenersOfAddress, { correlationId, fields: { most: limits.perAddress } })
    }
    const { after, correlation, lane, type } = query.success
    return yield* respond({ lanes: lane, types: type, correlationId: correlation }, lastEventId.success ?? after).pipe(
      Effect.catch((failure) => Effect.succeed(toProblem(failure, correlationId)))
    )
  })

  return HttpRouter.route("GET", "/events", handle)
})
