import { Array as Arr, Effect, Option, Result } from "effect"
import { HttpRouter, HttpServerRequest, type HttpServerResponse } from "effect/http"
import { Board, Boundary, Key } from "#domain/model/index.ts"
import type { Seen } from "#layers/contract/eventSchema.ts"
import { Parking } from "#layers/deadLetters/DeadLetters.ts"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { failed, invalid } from "#layers/http/problems/toProblem.ts"
import { correlationIdOf } from "#layers/http/request/headers.ts"
import { keyDecoder } from "#layers/http/request/keyParameters.ts"
import {
  inPath,
  noParameters,
  once,
  position,
  queryReader,
  type Reader,
  upTo,
  wrongsIn
} from "#layers/http/request/query.ts"
import { json, problem } from "#layers/http/response/response.ts"
import { why } from "#layers/monitoring/history/causation.ts"
import { shower } from "#layers/monitoring/history/eventView.ts"
import { past } from "#layers/monitoring/history/history.ts"
import { Scans, type ScanTooLong, type TooBusy } from "#layers/monitoring/scans/Scans.ts"
import { type ByType, inEvents } from "#layers/monitoring/search/searchFields.ts"
import { type StillCounting, Watch } from "#layers/monitoring/tail/LogTail.ts"
import { EventLog, type LogUnavailable } from "#layers/services/EventLog.ts"
import type { StoreUnavailable } from "#layers/services/KeyValue.ts"
import { LogReader } from "#layers/services/LogReader.ts"
import { VoidedPositions } from "#layers/services/VoidedPositions.ts"
import { narrowing } from "./eventStreamRoute.ts"

const usual = 50
export const mostFacts = 500

/** A place as the subject of a CloudEvent has it: `room-night/1_2022-12-12`. Only what the boundary's words allow. */
const placeReader = (board: Board.Any): Reader<Boundary.Place> => {
  const boundaries = new Map(
    board.lanes.map(({ boundary }) => {
      const words = Object.keys(boundary.key)
      return [boundary.name, { boundary, words, decode: keyDecoder(boundary.key as Key.Key) }]
    })
  )
  return once((value) => {
    const [name = "", key = "", ...more] = value.split("/")
    const known = boundaries.get(name)
    if (!known || more.length > 0) {
      return Result.fail([`Expected a place, as ${[...boundaries.keys()][0]}/…: ${[...boundaries.keys()].join(", ")}`])
    }
    const { boundary, decode, words } = known
    const texts = Key.split(boundary.key, key)
    if (!texts)
      return Result.fail([`Expected the words ${words.join(", ")} of a place, as the subject of a fact has them`])
    const about = decode(Object.fromEntries(words.map((word, n) => [word, texts[n]])))
    if (Result.isFailure(about)) return Result.fail(about.failure.map(({ message, path }) => `${path}: ${message}`))
    const place = Boundary.place(boundary, about.success as never)
    return place.key === key ? Result.succeed(place) : Result.fail([`Expected it as ${Boundary.spell(place)}`])
  })
}

/** A value of a field, `room:1`, once for each: what stands behind the first colon is the value as it stands in a path. */
const whereReader = (board: Board.Any): Reader<ByType> => {
  const find = inEvents(board)
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

type Failure = StillCounting | LogUnavailable | StoreUnavailable | TooBusy | ScanTooLong

/** What happened, what one of it was, and why. */
export const factsRoutes = Effect.fnUntraced(function* (board: Board.Any) {
  const watch = yield* Watch
  const reader = yield* LogReader
  const log = yield* EventLog
  const find = past(board, watch, reader)
  const explain = why(board, watch, reader)
  const scans = yield* Scans
  const show = shower(board)
  const readQuery = queryReader({
    ...narrowing(board),
    place: placeReader(board),
    where: whereReader(board),
    id: once((id) => Result.succeed(id)),
    before: position,
    limit: upTo(mostFacts)
  })

  const answered = (
    request: HttpServerRequest.HttpServerRequest,
    answer: Effect.Effect<HttpServerResponse.HttpServerResponse, Failure>
  ) => answer.pipe(Effect.catch((failure) => Effect.succeed(failed(failure, correlationIdOf(request.headers)))))

  const voided = yield* VoidedPositions

  const parking = yield* Parking
  const withDismissals = (seen: Seen): Seen => {
    const dismissals = parking
      .dismissedAt(seen.position)
      .map(({ by: consumer, dismissed }) => ({ consumer, ...dismissed! }))
    return Arr.isReadonlyArrayNonEmpty(dismissals) ? { ...seen, dismissed: dismissals } : seen
  }

  /** What an operator has voided or dismissed says so. */
  const marked = (shown: Seen) => {
    const seen = withDismissals(shown)
    return seen.unknown === undefined
      ? Effect.succeed(seen)
      : Effect.map(
          voided.find({ position: seen.position, subject: seen.natssubject }, log.identity),
          Option.match({
            onNone: () => seen,
            onSome: ({ by, reason, time }): Seen => ({ ...seen, voided: { reason, by, time } })
          })
        )
  }
  const allMarked = (all: ReadonlyArray<Seen>) => Effect.forEach(all, marked, { concurrency: 16 })

  const list = Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest) {
    const query = readQuery(yield* HttpServerRequest.ParsedSearchParams)
    if (Result.isFailure(query)) return invalid(query.failure, correlationIdOf(request.headers))
    const { before, correlation, id, lane, limit = usual, place, type, where } = query.success
    const asked = { lanes: lane, types: type, correlationId: correlation, place, values: where, id, before, limit }
    // A page without a choice reads what it shows; any other may read far more.
    const run = [correlation, id, lane, place, type, where].every((choice) => choice === undefined)
      ? scans.short
      : scans.long
    return yield* answered(
      request,
      // Who waits for the first count is in nobody's way.
      Effect.flatMap(Effect.andThen(watch.standing, run(find(asked))), ({ facts, next }) =>
        Effect.map(allMarked(facts), (facts) => json(200, { facts, next }))
      )
    )
  })

  /** A route about what stands at a position. */
  const at =
    (answer: (position: number) => Effect.Effect<object | undefined, Failure>) =>
    (request: HttpServerRequest.HttpServerRequest) =>
      Effect.gen(function* () {
        const { params } = yield* HttpRouter.RouteContext
        const read = inPath("position", position, params["position"])
        const query = noParameters(yield* HttpServerRequest.ParsedSearchParams)
        const correlationId = correlationIdOf(request.headers)
        if (Result.isFailure(read) || Result.isFailure(query)) {
          return invalid([...wrongsIn(read), ...wrongsIn(query)], correlationId)
        }
        return yield* answered(
          request,
          Effect.map(answer(read.success), (found) =>
            found ? json(200, found) : problem(problems.NoSuchPosition, { correlationId })
          )
        )
      })

  const one = (position: number) =>
    Effect.flatMap(position === 0 ? Effect.succeed([]) : reader.page(position - 1, position), ([logged]) =>
      logged ? marked(show(logged)) : Effect.undefined
    )

  const story = (position: number) =>
    position === 0
      ? Effect.undefined
      : Effect.andThen(watch.standing, scans.long(Effect.flatMap(log.newest(), (newest) => explain(position, newest))))

  return [
    HttpRouter.route("GET", "/facts", list),
    HttpRouter.route("GET", "/facts/:position", at(one)),
    HttpRouter.route("GET", "/facts/:position/why", at(story))
  ]
})
