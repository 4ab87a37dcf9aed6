import { Board } from "#domain/grammar/index.ts"
import { Effect, Result, Stream } from "effect"
import { HttpRouter, HttpServerRequest } from "effect/http"
import { EventLog } from "../EventLog.ts"
import { type Happening, live } from "../watch/live.ts"
import type { Reset } from "../blueprint/seen.ts"
import { countOf, type Standing } from "../watch/Standing.ts"
import { Watch } from "../watch/Watch.ts"
import { problem } from "./answer.ts"
import { failed, invalid } from "./failure.ts"
import { correlationIdOf, isCallersId } from "./headers.ts"
import { type Kept, keptPosition, LogName } from "./LogName.ts"
import { problems, type Wrong } from "./problems.ts"
import { among, once, queryReader, wrongsIn } from "./query.ts"
import { comment, streamed, written } from "./sse.ts"

export const correlation = once((value) =>
  isCallersId(value) ? Result.succeed(value) : Result.fail(["Expected 1 to 128 visible ASCII characters"])
)

/** What narrows facts to some of them: by the names on the board. */
export const narrowing = (board: Board.Any) => ({
  lane: among(board.lanes.map(({ name }) => name)),
  type: among(Board.facts(board).map(({ identifier }) => identifier)),
  correlation
})

const writerOf = (idOf: (position: number) => string) => ({
  happening: (happening: Happening): string => {
    switch (happening._tag) {
      case "Facts":
        return happening.facts.map((data) => written({ event: "fact", id: idOf(data.position), data })).join("")
      case "Counts":
        return written({ event: "counts", id: idOf(happening.counts.position), data: happening.counts })
      case "Quiet":
        return comment
    }
  },
  /** The client's next `Last-Event-ID`, also if it goes away before any event comes. */
  began: (position: number): string => `id: ${idOf(position)}\n\n`,
  reset: (data: Reset): string => written({ event: "reset", id: idOf(data.position), data })
})

const lastEventId = (header: string | undefined): Result.Result<Kept | undefined, ReadonlyArray<Wrong>> => {
  if (header === undefined || header === "") return Result.succeed(undefined)
  return Result.mapError(keptPosition([header]), (messages) =>
    messages.map((message) => ({ path: "last-event-id", message }))
  )
}

const countsOf = ({ tallies }: Standing) =>
  Object.fromEntries(Array.from(tallies, ([type, tally]) => [type, countOf(tally)]))

/**
 * `/events`: what happens, as it happens, and from where a caller was before; until `closing`, and for so many at once: each
 * holds a connection for as long as it likes.
 */
export const eventsRoute = Effect.fnUntraced(function* (board: Board.Any, closing: Effect.Effect<void>, most: number) {
  const watch = yield* Watch
  const log = yield* EventLog
  const readQuery = queryReader({ ...narrowing(board), after: keptPosition })
  const { id: idOf, now: logName } = yield* LogName
  const write = writerOf(idOf)
  let listeners = 0

  /** A place for as long as the request lasts; whether there was one. */
  const seat = Effect.acquireRelease(
    Effect.sync(() => listeners < most && ++listeners > 0),
    (taken) =>
      Effect.sync(() => {
        if (taken) listeners--
      })
  )

  const handle = Effect.fnUntraced(function* ({ headers }: HttpServerRequest.HttpServerRequest) {
    const query = readQuery(yield* HttpServerRequest.ParsedSearchParams)
    const last = lastEventId(headers["last-event-id"])
    const correlationId = correlationIdOf(headers)
    if (Result.isFailure(query) || Result.isFailure(last)) {
      return invalid([...wrongsIn(query), ...wrongsIn(last)], correlationId)
    }
    const { after, correlation, lane, type } = query.success
    const wanted = { lanes: lane, types: type, correlationId: correlation }
    if (!(yield* seat)) return problem(problems.TooManyListeners, { correlationId, fields: { most } })
    return yield* Effect.gen(function* () {
      const standing = yield* watch.standing
      const { position: newest } = standing
      const asked = last.success ?? after ?? { position: newest, log: undefined }
      const isAhead = asked.position > newest && asked.position > (yield* log.newest())
      // Without the log's name it is of an app that did not write it yet: then only a position ahead of the log shows.
      const isForeign = asked.log !== undefined && (asked.log !== logName() || isAhead)
      const begin = isForeign
        ? write.reset({ log: logName(), position: newest })
        : isAhead
          ? write.happening({ _tag: "Counts", counts: { since: 0, position: newest, types: countsOf(standing) } })
          : write.began(asked.position)
      const happenings = live(board, watch, wanted, isForeign || isAhead ? newest : asked.position)
      return streamed(
        Stream.concat(Stream.succeed(begin), Stream.map(happenings, write.happening)).pipe(
          Stream.interruptWhen(closing)
        )
      )
    }).pipe(Effect.catch((failure) => Effect.succeed(failed(failure, correlationId))))
  })

  return HttpRouter.route("GET", "/events", handle)
})
