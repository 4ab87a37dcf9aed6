import { Effect, Result, Schema } from "effect"
import { HttpRouter, HttpServerRequest } from "effect/http"
import type { Slice } from "#domain/model/index.ts"
import { toProblem, invalidRequest } from "#layers/http/problems/toProblem.ts"
import { pathDecoder } from "#layers/http/request/keyParams.ts"
import { positionParam, queryReader, validationErrorsIn } from "#layers/http/request/queryParams.ts"
import { correlationIdOf } from "#layers/http/request/requestHeaders.ts"
import { LogName } from "#layers/http/response/LogName.ts"
import { jsonResponse } from "#layers/http/response/responses.ts"
import { servedRowSchema } from "#layers/views/row.ts"
import { Views } from "#layers/views/Views.ts"

const readQuery = queryReader({ after: positionParam })

/**
 * The endpoint of a view. The ETag of a row is the position of its newest event, with the log's name, the view's
 * version, and the number of its dead letters. `age` is the number of seconds for which the row could not be checked.
 */
export const viewRoute = Effect.fnUntraced(function* (view: Slice.View<any, any>) {
  const views = yield* Views
  const { etag: etagOf } = yield* LogName
  const readKey = pathDecoder(view)
  const encode = Schema.encodeUnknownSync(Schema.toCodecJson(servedRowSchema(view)))

  const handle = Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest) {
    const { params } = yield* HttpRouter.RouteContext
    const about = readKey(params, request.url)
    const query = readQuery(yield* HttpServerRequest.ParsedSearchParams)
    const correlationId = correlationIdOf(request.headers)
    if (Result.isFailure(about) || Result.isFailure(query)) {
      return invalidRequest([...validationErrorsIn(about), ...validationErrorsIn(query)], correlationId)
    }
    return yield* views.read(view, about.success as never, query.success.after).pipe(
      Effect.map(({ row, ageMillis, deadLetters }) => {
        const etag = etagOf(row.position ?? 0, view.shows.version ?? 1, deadLetters)
        const headers = { etag, ...(ageMillis > 0 && { age: String(Math.ceil(ageMillis / 1000)) }) }
        return jsonResponse(200, encode({ ...row, ...(deadLetters !== undefined && { deadLetters }) }), headers)
      }),
      Effect.catch((failure) => Effect.succeed(toProblem(failure, correlationId)))
    )
  })

  return HttpRouter.route(view.by.method, view.by.path, handle)
})
