import { Effect, Schema } from "effect"
import type { Slice } from "#domain/model/index.ts"
import { CurrentCaller } from "#layers/access/Caller.ts"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { declaredRoute } from "#layers/http/request/declaredRoute.ts"
import { LogName } from "#layers/http/response/LogName.ts"
import { jsonResponse, problemResponse } from "#layers/http/response/responses.ts"
import { servedRowSchema } from "#layers/views/rows/row.ts"
import { Views } from "#layers/views/Views.ts"
import { viewEndpoint } from "./viewEndpoint.ts"
import { visibleRows } from "./visibleRows.ts"

/**
 * The endpoint of a view. The ETag of a row is the position of its newest event, with the log's name, the view's
 * version, and the number of its dead letters. `age` is the number of seconds for which the row could not be checked.
 */
export const viewRoute = Effect.fnUntraced(function* (view: Slice.View<any, any>) {
  const views = yield* Views
  const { etag: etagOf } = yield* LogName
  const visible = visibleRows(view)
  const encode = Schema.encodeUnknownSync(Schema.toCodecJson(servedRowSchema(view)))

  return declaredRoute(viewEndpoint(view), ({ correlationId, params, query }) =>
    Effect.gen(function* () {
      const { ageMillis, deadLetters, ...found } = yield* views.read(view, params as never, query.after)
      const row = visible.row(yield* CurrentCaller, found.row)
      if (!row) return problemResponse(problems.NotPermitted, { correlationId })
      const etag = etagOf(row.position ?? 0, view.shows.version ?? 1, deadLetters)
      const headers = { etag, ...(ageMillis > 0 && { age: String(Math.ceil(ageMillis / 1000)) }) }
      return jsonResponse(200, encode({ ...row, ...(deadLetters !== undefined && { deadLetters }) }), headers)
    })
  )
})
