import { Board } from "#domain/grammar/index.ts"
import { Effect, Result, Stream } from "effect"
import { HttpRouter, HttpServerRequest } from "effect/http"
import { EventLog } from "../EventLog.ts"
import { type Happening, live } from "../watch/live.ts"
import { countOf } from "../watch/Standing.ts"
import { Watch } from "../watch/Watch.ts"
import { problem } from "./answer.ts"
import { failed, invalid } from "./failure.ts"
import { correlationIdOf, isCallersId } from "./headers.ts"
import { problems, type Wrong } from "./problems.ts"
import { among, once, position, queryReader, wrongsIn } from "./query.ts"
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

const textOf = (happening: Happening): string => {
  switch (happening._tag) {
    case "Facts":
      return happening.facts.map((data) => written({ event: "fact", id: data.position, data })).join("")
    case "Counts":
      return written({ event: "counts", id: happening.counts.position, data: happening.counts })
    case "Quiet":
      return comment
  }
}

const lastEventId = (header: string | undefined): Result.Result<number | undefined, ReadonlyArray<Wrong>> => {
  if (header === undefined || header === "") return Result.succeed(undefined)
  return Result.mapError(position([header]), (messages) =>
    messages.map((message) => ({ path: "last-event-id", message }))
  )
}

/**
 * `/events`: what happens, as it happens, and from where a caller was before; until `closing`, and for so many at once: each
 * holds a connection for as long as it likes.
 */
export const eventsRoute = Effect.fnUntraced(function* (board: Board.Any, closing: Effect.Effect<void>, most: number) {
  const watch = yield* Watch
  const log = yield* EventLog
  const readQuery = queryReader({ ...narrowing(board), after: position })
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
      const asked = last.success ?? after ?? standing.position
      // Of a log that is not there any more: what was seen then is another story.
      const lost = asked > standing.position && asked > (yield* log.newest())
      const begin: Stream.Stream<Happening> = lost
        ? Stream.succeed({
            _tag: "Counts",
            counts: {
              since: 0,
              position: standing.position,
              types: Object.fromEntries(Array.from(standing.tallies, ([type, tally]) => [type, countOf(tally)]))
            }
          })
        : Stream.empty
      return streamed(
        Stream.concat(begin, live(board, watch, wanted, lost ? standing.position : asked)).pipe(
          Stream.map(textOf),
          Stream.interruptWhen(closing)
        )
      )
    }).pipe(Effect.catch((failure) => Effect.succeed(failed(failure, correlationId))))
  })

  return HttpRouter.route("GET", "/events", handle)
})
