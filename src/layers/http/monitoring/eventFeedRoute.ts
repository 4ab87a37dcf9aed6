import { Clock, Deferred, Effect, Option } from "effect"
import { HttpServerResponse } from "effect/http"
import type { Board } from "#domain/model/index.ts"
import { CurrentCaller, isOperator } from "#layers/access/Caller.ts"
import { Counts, EventView, Reset } from "#layers/contract/eventSchema.ts"
import { Rejections } from "#layers/contract/rejectionsSchema.ts"
import { sseMediaType } from "#layers/http/checks/negotiation.ts"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { declaredRoute } from "#layers/http/request/declaredRoute.ts"
import { declareEndpoint } from "#layers/http/request/endpointDeclaration.ts"
import { EventSink } from "#layers/http/response/EventSink.ts"
import { type LogPosition, logPositionParam, LogName } from "#layers/http/response/LogName.ts"
import { problemResponse } from "#layers/http/response/responses.ts"
import { ssePreamble, sseComment, sseHeaders, sseSchema, encodeSse } from "#layers/http/response/sse.ts"
import type { FeedEncoding } from "#layers/monitoring/feed/EncodedItems.ts"
import { type EventFeed, eventFeed } from "#layers/monitoring/feed/EventFeed.ts"
import { countsIntervalMillis, type EventFilter } from "#layers/monitoring/feed/feedItems.ts"
import { RejectionTracker } from "#layers/monitoring/feed/RejectionTracker.ts"
import { toEventView } from "#layers/monitoring/history/toEventView.ts"
import { toCount, type EventCounts } from "#layers/monitoring/tail/EventCounts.ts"
import { LogTail } from "#layers/monitoring/tail/LogTail.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { filterParams } from "./historyParams.ts"
import { type ListenerLimits, listenerSlots } from "./listenerSlots.ts"
import { countProblems } from "./scanProblems.ts"

/** The endpoint of the feed. */
export const eventFeedEndpoint = (board: Board.Any) =>
  declareEndpoint({
    name: "events",
    method: "GET",
    path: "/events",
    access: "authenticated",
    summary: "New events, as they are appended",
    description:
      "Server-sent events: a `fact` for each event, whose id is its position and the log's name, `25@Zk3x9PqLw0aB`, or `counts` instead where there are more than 200 a second. Resumes after `Last-Event-ID`; if that is of another log, a `reset` comes first, then new events. Without a filter, `rejections` (without an id) report rejected commands too.",
    query: {
      ...filterParams(board),
      after: logPositionParam("Begin after this position, `25` or `25@Zk3x9PqLw0aB`; by default with new events only")
    },
    headers: { "last-event-id": logPositionParam("Begin after this event") },
    success: sseSchema({ fact: EventView, counts: Counts, rejections: Rejections, reset: Reset }),
    problemTypes: [...countProblems, problems.TooManyListeners, problems.TooManyListenersOfAddress]
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

/** Notifies listeners of rejected commands, at most as often as of counts. It starts with the first listener. */
const announceRejections = Effect.fnUntraced(function* (feed: EventFeed, firstListener: Deferred.Deferred<void>) {
  const rejections = yield* RejectionTracker
  let announcedVersion = 0
  const announceNext = Effect.gen(function* () {
    const { commands, version } = yield* rejections.awaitChanges(announcedVersion)
    const data: Rejections = { commands: Object.fromEntries(commands) }
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

/** Ends the response when the caller's token expires: the client has to come back with a new one. */
const endAt = (sink: EventSink, expiresAtMillis: number) =>
  Effect.flatMap(Clock.currentTimeMillis, (now) =>
    Effect.delay(
      Effect.sync(() => sink.end()),
      Math.max(0, expiresAtMillis - now)
    )
  )

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
  const openSinks = new Set<EventSink>()
  const acquireSlot = listenerSlots(limits)
  yield* Effect.forkScoped(
    Effect.andThen(
      closing,
      Effect.sync(() => openSinks.forEach((sink) => sink.end()))
    )
  )

  const respond = Effect.fnUntraced(function* (
    filter: EventFilter,
    requested: LogPosition | undefined,
    expiresAtMillis: number | undefined
  ) {
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
    if (expiresAtMillis !== undefined) yield* Effect.forkScoped(endAt(sink, expiresAtMillis))
    yield* Deferred.succeed(firstListener, undefined)
    return HttpServerResponse.raw(sink, { contentType: sseMediaType, headers: sseHeaders })
  })

  return declaredRoute(eventFeedEndpoint(board), ({ correlationId, headers, query, request }) =>
    Effect.gen(function* () {
      const limitReached = yield* acquireSlot(Option.getOrElse(request.remoteAddress, () => ""))
      if (limitReached === "total")
        return problemResponse(problems.TooManyListeners, { correlationId, fields: { most: limits.total } })
      if (limitReached === "address") {
        const fields = { most: limits.perAddress }
        return problemResponse(problems.TooManyListenersOfAddress, { correlationId, fields })
      }
      const { after, correlation, lane, type } = query
      const caller = yield* CurrentCaller
      const countsOnly = caller && !isOperator(caller) ? true : undefined
      const filter = { lanes: lane, types: type, correlationId: correlation, countsOnly }
      return yield* respond(filter, headers["last-event-id"] ?? after, caller?.expiresAtMillis)
    })
  )
})
