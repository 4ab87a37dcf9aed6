import { Key, type Slice } from "#domain/grammar/index.ts"
import { Effect, Option, Result } from "effect"
import { HttpRouter, HttpServerRequest } from "effect/http"
import { listOf } from "../blueprint/blueprint.ts"
import type { Progress, Rows } from "../blueprint/operations.ts"
import { LogReader } from "../LogReader.ts"
import type { Choice } from "../runtime/select.ts"
import { ViewHealth } from "../runtime/ViewHealth.ts"
import { rowsNow } from "../watch/rows.ts"
import { rowsThen } from "../watch/rowsThen.ts"
import { Scans } from "../watch/Scans.ts"
import { Watch } from "../watch/Watch.ts"
import { json } from "./answer.ts"
import { choiceReaders } from "./choices.ts"
import { failed, invalid } from "./failure.ts"
import { correlationIdOf } from "./headers.ts"
import { LogName } from "./LogName.ts"
import { notReached } from "./operationsRoutes.ts"
import { once, position, queryReader, type Reader, upTo } from "./query.ts"
import { long, wantsEvents } from "./sse.ts"

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
