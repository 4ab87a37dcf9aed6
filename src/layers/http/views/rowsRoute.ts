import { Effect, Option, Result } from "effect"
import { HttpRouter, HttpServerRequest } from "effect/http"
import { Key, type Slice } from "#domain/model/index.ts"
import { listOf } from "#layers/blueprint/blueprint.ts"
import type { Progress, Rows } from "#layers/contract/operationsSchema.ts"
import { notReached } from "#layers/http/operations/operationsRoutes.ts"
import { failed, invalid } from "#layers/http/problems/toProblem.ts"
import { correlationIdOf } from "#layers/http/request/headers.ts"
import { once, position, queryReader, type Reader, upTo } from "#layers/http/request/query.ts"
import { choiceReaders } from "#layers/http/request/rangeParameters.ts"
import { LogName } from "#layers/http/response/LogName.ts"
import { json } from "#layers/http/response/response.ts"
import { long, wantsEvents } from "#layers/http/response/sse.ts"
import { rowsThen } from "#layers/monitoring/history/rowsAt.ts"
import { rowsNow } from "#layers/monitoring/history/rowsNow.ts"
import { Scans } from "#layers/monitoring/scans/Scans.ts"
import { Watch } from "#layers/monitoring/tail/LogTail.ts"
import { LogReader } from "#layers/services/LogReader.ts"
import type { Choice } from "#layers/views/keyFilter.ts"
import { ViewHealth } from "#layers/views/ViewHealth.ts"

const usual = 1_000
export const mostRows = 5_000

/** What is asked of a list besides the words of its key. */
export const askedOfRows = { limit: upTo(mostRows), after: position, at: position }

/** The last row of a page, as its answer names it. */
const nextReader = ({ key }: Slice.View<any, any>): Reader<ReadonlyArray<string>> =>
  once((value) => {
    const texts = Key.splitPath(key, value)
    return texts ? Result.succeed(texts) : Result.fail(["Expected the `next` of the page before"])
  })

/** The rows of a view, now or as of a position. */
export const rowsRoute = Effect.fnUntraced(function* (view: Slice.View<any, any>) {
  const watch = yield* Watch
  const reader = yield* LogReader
  const scans = yield* Scans
  const { etag: etagOf, now: logName } = yield* LogName
  const now = yield* rowsNow(view)
  const health = Option.getOrUndefined(yield* Effect.serviceOption(ViewHealth))
  const then = rowsThen(view, watch, reader, health)
  const wordsOf = choiceReaders(view)
  const next = nextReader(view)

  const handle = Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest) {
    const readQuery = queryReader<Record<string, Reader<any>>>({ ...wordsOf(request.url), ...askedOfRows, next })
    const query = readQuery(yield* HttpServerRequest.ParsedSearchParams)
    const correlationId = correlationIdOf(request.headers)
    if (Result.isFailure(query)) return invalid(query.failure, correlationId)
    const { after, at, limit = usual, next: behind, ...choices } = query.success
    const listed = { choices: choices as Record<string, Choice>, limit, after, behind }

    const answer = (rows: Omit<Rows, "log">) => {
      const missing = rows.deadLetters?.reduce((sum, { count }) => sum + count, 0) ?? 0
      const lacking = rows.rows.reduce((sum, { deadLetters = 0 }) => sum + Number(deadLetters), missing)
      const etag = etagOf(rows.position, view.shows.version ?? 1, lacking)
      const body: Rows = { ...rows, log: logName() }
      return json(200, body, { etag, vary: "accept" })
    }
    if (at === undefined) {
      return yield* long(request, () =>
        now(listed).pipe(
          Effect.map(answer),
          Effect.catch((failure) => Effect.succeed(failed(failure, correlationId)))
        )
      )
    }
    const run = wantsEvents(request) ? scans.withProgress : scans.long
    return yield* long(request, (report: (progress: Progress) => Effect.Effect<void>) =>
      Effect.gen(function* () {
        const { position: newest } = yield* watch.standing
        if (at > newest) return invalid([notReached("at", newest)], correlationId)
        return answer(yield* run(then(at, listed, report)))
      }).pipe(
        Effect.catchTag("Unreadable", Effect.die),
        Effect.catch((failure) => Effect.succeed(failed(failure, correlationId)))
      )
    )
  })

  return HttpRouter.route("GET", listOf(view), handle)
})
