import { Deferred, Effect, Option, Result } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { Board } from "#domain/model/index.ts"
import type { Reset } from "#layers/contract/eventSchema.ts"
import type { Rejections as RejectionsEvent } from "#layers/contract/rejectionsSchema.ts"
import { eventStream } from "#layers/http/checks/negotiation.ts"
import { problems, type Wrong } from "#layers/http/problems/problemTypes.ts"
import { failed, invalid } from "#layers/http/problems/toProblem.ts"
import { correlationIdOf, isCallersId } from "#layers/http/request/headers.ts"
import { among, once, queryReader, wrongsIn } from "#layers/http/request/query.ts"
import { EventSink } from "#layers/http/response/eventSink.ts"
import { type Kept, keptPosition, LogName } from "#layers/http/response/LogName.ts"
import { problem } from "#layers/http/response/response.ts"
import { beginning, comment, eventStreamHeaders, written } from "#layers/http/response/sse.ts"
import { type Encoding, type EventFeed, eventFeed } from "#layers/monitoring/feed/EventFeed.ts"
import { pauseMillis, type Wanted } from "#layers/monitoring/feed/feedItems.ts"
import { Rejections } from "#layers/monitoring/feed/Rejections.ts"
import { shower } from "#layers/monitoring/history/eventView.ts"
import { countOf, type Standing } from "#layers/monitoring/tail/EventCounts.ts"
import { Watch } from "#layers/monitoring/tail/LogTail.ts"
import { EventLog } from "#layers/services/EventLog.ts"

export const correlation = once((value) =>
  isCallersId(value) ? Result.succeed(value) : Result.fail(["Expected 1 to 128 visible ASCII characters"])
)

/** What narrows facts to some of them: by the names on the board. */
export const narrowing = (board: Board.Any) => ({
  lane: among(board.lanes.map(({ name }) => name)),
  type: among(Board.facts(board).map(({ identifier }) => identifier)),
  correlation
})

/** How what happens is written: as server-sent events. */
const encoding = (board: Board.Any, idOf: (position: number) => string): Encoding => {
  const show = shower(board)
  return {
    fact: (logged) => written({ event: "fact", id: idOf(logged.position), data: show(logged) }),
    counts: (counts) => written({ event: "counts", id: idOf(counts.position), data: counts }),
    heartbeat: comment
  }
}

const lastEventId = (header: string | undefined): Result.Result<Kept | undefined, ReadonlyArray<Wrong>> => {
  if (header === undefined || header === "") return Result.succeed(undefined)
  return Result.mapError(keptPosition([header]), (messages) =>
    messages.map((message) => ({ path: "last-event-id", message }))
  )
}

/** How many may listen at once, and how many of them from one address. */
export interface ListenerLimits {
  readonly total: number
  readonly perAddress: number
}

/** Counts who listens, until the scope of the request closes; answers with the limit that is reached, if one is. */
const seats = ({ perAddress, total }: ListenerLimits) => {
  const taken = new Map<string, number>()
  let all = 0
  const take = (address: string): "total" | "address" | undefined => {
    const own = taken.get(address) ?? 0
    if (all >= total) return "total"
    if (own >= perAddress) return "address"
    all++
    taken.set(address, own + 1)
    return undefined
  }
  const leave = (address: string) => {
    all--
    const left = taken.get(address)! - 1
    if (left > 0) taken.set(address, left)
    else taken.delete(address)
  }
  return (address: string) =>
    Effect.acquireRelease(
      Effect.sync(() => take(address)),
      (full) =>
        Effect.sync(() => {
          if (full === undefined) leave(address)
        })
    )
}

/** Tells listeners of rejected commands, from when there is one: at most as often as of counts. */
const announceRejections = Effect.fnUntraced(function* (feed: EventFeed, anybody: Deferred.Deferred<void>) {
  const rejections = yield* Rejections
  let told = 0
  const tell = Effect.gen(function* () {
    const { commands, version } = yield* rejections.changed(told)
    const data: RejectionsEvent = { commands: Object.fromEntries(commands) }
    // Without an id: it is no position that a client could come back with.
    if (commands.size > 0) yield* feed.announce(written({ event: "rejections", data }))
    told = version
    yield* Effect.sleep(pauseMillis)
  })
  yield* Effect.forkScoped(Effect.andThen(Deferred.await(anybody), Effect.forever(tell)))
})

/** `/events`: what happens, as it happens, and from where a caller was before; until `closing`. */
export const eventsRoute = Effect.fnUntraced(function* (
  board: Board.Any,
  closing: Effect.Effect<void>,
  limits: ListenerLimits
) {
  const watch = yield* Watch
  const log = yield* EventLog
  const { id: idOf, now: logName } = yield* LogName
  const events = encoding(board, idOf)
  const feed = yield* eventFeed(board, watch, events)
  const anybody = yield* Deferred.make<void>()
  yield* announceRejections(feed, anybody)
  const readQuery = queryReader({ ...narrowing(board), after: keptPosition })
  const open = new Set<EventSink>()
  const seat = seats(limits)
  yield* Effect.forkScoped(
    Effect.andThen(
      closing,
      Effect.sync(() => open.forEach((sink) => sink.end()))
    )
  )

  /** Counts of everything, for who was with a log that is not there any more. */
  const everything = ({ position, tallies }: Standing) =>
    events.counts({
      since: 0,
      position,
      types: Object.fromEntries(Array.from(tallies, ([type, tally]) => [type, countOf(tally)]))
    })

  /** What a listener is told first, and the position behind which it listens. */
  const beginningOf = Effect.fnUntraced(function* (asked: Kept | undefined) {
    const standing = yield* watch.standing
    const { position: newest } = standing
    const kept = asked ?? { position: newest, log: undefined }
    const isAhead = kept.position > newest && kept.position > (yield* log.newest())
    // Without the log's name it is of an app that did not write it yet: then only a position ahead of the log shows.
    const isForeign = kept.log !== undefined && (kept.log !== logName() || isAhead)
    if (isForeign) {
      const data: Reset = { log: logName(), position: newest }
      return { first: written({ event: "reset", id: idOf(newest), data }), after: newest }
    }
    if (isAhead) return { first: everything(standing), after: newest }
    // The client's next `Last-Event-ID`, also if it goes away before any event comes.
    return { first: `id: ${idOf(kept.position)}\n\n`, after: kept.position }
  })

  const answer = Effect.fnUntraced(function* (wanted: Wanted, asked: Kept | undefined) {
    const { after, first } = yield* beginningOf(asked)
    const sink = yield* Effect.acquireRelease(
      Effect.sync(() => new EventSink()),
      (sink) =>
        Effect.sync(() => {
          open.delete(sink)
          sink.destroy()
        })
    )
    open.add(sink)
    sink.write(Buffer.from(beginning + first))
    yield* feed.listen(wanted, after, sink)
    yield* Deferred.succeed(anybody, undefined)
    return HttpServerResponse.raw(sink, { contentType: eventStream, headers: eventStreamHeaders })
  })

  const handle = Effect.fnUntraced(function* ({ headers, remoteAddress }: HttpServerRequest.HttpServerRequest) {
    const query = readQuery(yield* HttpServerRequest.ParsedSearchParams)
    const last = lastEventId(headers["last-event-id"])
    const correlationId = correlationIdOf(headers)
    if (Result.isFailure(query) || Result.isFailure(last)) {
      return invalid([...wrongsIn(query), ...wrongsIn(last)], correlationId)
    }
    const full = yield* seat(Option.getOrElse(remoteAddress, () => ""))
    if (full === "total") return problem(problems.TooManyListeners, { correlationId, fields: { most: limits.total } })
    if (full === "address") {
      return problem(problems.TooManyListenersOfAddress, { correlationId, fields: { most: limits.perAddress } })
    }
    const { after, correlation, lane, type } = query.success
    return yield* answer({ lanes: lane, types: type, correlationId: correlation }, last.success ?? after).pipe(
      Effect.catch((failure) => Effect.succeed(failed(failure, correlationId)))
    )
  })

  return HttpRouter.route("GET", "/events", handle)
})
