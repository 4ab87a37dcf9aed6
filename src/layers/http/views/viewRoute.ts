import { Effect, Result, Schema } from "effect"
import { HttpRouter, HttpServerRequest } from "effect/http"
import type { Slice } from "#domain/model/index.ts"
import { failed, invalid } from "#layers/http/problems/toProblem.ts"
import { correlationIdOf } from "#layers/http/request/headers.ts"
import { pathDecoder } from "#layers/http/request/keyParameters.ts"
import { position, queryReader, wrongsIn } from "#layers/http/request/query.ts"
import { LogName } from "#layers/http/response/LogName.ts"
import { json } from "#layers/http/response/response.ts"
import { shownRowSchema } from "#layers/views/row.ts"
import { Views } from "#layers/views/Views.ts"

const readQuery = queryReader({ after: position })

/**
 * The door of a view. A row's ETag is the position of the newest fact in it, with the log's name and the view's version, and
 * how many facts it lacks; `age` tells for how many seconds nobody could
 * look whether it still is.
 */
export const viewRoute = Effect.fnUntraced(function* (view: Slice.View<any, any>) {
  const views = yield* Views
  const { etag: etagOf } = yield* LogName
  const readKey = pathDecoder(view)
  const encode = Schema.encodeUnknownSync(Schema.toCodecJson(shownRowSchema(view)))

  const handle = Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest) {
    const { params } = yield* HttpRouter.RouteContext
    const about = readKey(params, request.url)
    const after = readQuery(yield* HttpServerRequest.ParsedSearchParams)
    const correlationId = correlationIdOf(request.headers)
    if (Result.isFailure(about) || Result.isFailure(after)) {
      return invalid([...wrongsIn(about), ...wrongsIn(after)], correlationId)
    }
    return yield* views.look(view, about.success as never, after.success.after).pipe(
      Effect.map(({ row, age, deadLetters }) => {
        const etag = etagOf(row.position ?? 0, view.shows.version ?? 1, deadLetters)
        const headers = { etag, ...(age > 0 && { age: String(Math.ceil(age / 1000)) }) }
        return json(200, encode({ ...row, ...(deadLetters !== undefined && { deadLetters }) }), headers)
      }),
      Effect.catch((failure) => Effect.succeed(failed(failure, correlationId)))
    )
  })

  return HttpRouter.route(view.by.method, view.by.path, handle)
})
