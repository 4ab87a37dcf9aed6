import type { Slice } from "#domain/grammar/index.ts"
import { Effect, Result, Schema } from "effect"
import { HttpRouter, HttpServerRequest } from "effect/http"
import { rowSchema } from "../runtime/row.ts"
import { Views } from "../runtime/Views.ts"
import { empty, json } from "./answer.ts"
import { failed, invalid } from "./failure.ts"
import { correlationIdOf } from "./headers.ts"
import { keyDecoder } from "./key.ts"
import type { Wrong } from "./problems.ts"

type Query = Readonly<Record<string, string | ReadonlyArray<string>>>

const readQuery = ({ after, ...others }: Query): Result.Result<number | undefined, ReadonlyArray<Wrong>> => {
  const wrongs = Object.keys(others).map((path) => ({ path, message: "Expected no such parameter" }))
  const position = typeof after === "string" && /^(?:0|[1-9]\d{0,15})$/u.test(after) ? Number(after) : Number.NaN
  if (after !== undefined && !Number.isSafeInteger(position)) {
    wrongs.push({ path: "after", message: "Expected a position in the log: 0 or more" })
  }
  return wrongs.length > 0 ? Result.fail(wrongs) : Result.succeed(after === undefined ? undefined : position)
}

const matches = (ifNoneMatch: string | undefined, etag: string): boolean =>
  ifNoneMatch !== undefined &&
  ifNoneMatch.split(",").some((tag) => tag.trim() === "*" || tag.trim().replace(/^W\//u, "") === etag)

const wrongsIn = <A>(read: Result.Result<A, ReadonlyArray<Wrong>>) => (Result.isFailure(read) ? read.failure : [])

/**
 * The door of a view. A row's ETag is the position of the newest fact in it; `age` tells for how many seconds nobody could
 * look whether it still is.
 */
export const viewRoute = Effect.fnUntraced(function* (view: Slice.View<any, any>) {
  const views = yield* Views
  const readKey = keyDecoder(view.key)
  const encode = Schema.encodeUnknownSync(Schema.toCodecJson(rowSchema(view)))

  const handle = Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest) {
    const { params } = yield* HttpRouter.RouteContext
    const about = readKey(params)
    const after = readQuery(yield* HttpServerRequest.ParsedSearchParams)
    const correlationId = correlationIdOf(request.headers)
    if (Result.isFailure(about) || Result.isFailure(after)) {
      return invalid([...wrongsIn(about), ...wrongsIn(after)], correlationId)
    }
    return yield* views.look(view, about.success as never, after.success).pipe(
      Effect.map(({ row, age }) => {
        const etag = `"${row.position ?? 0}"`
        const headers = { etag, ...(age > 0 && { age: String(Math.ceil(age / 1000)) }) }
        return matches(request.headers["if-none-match"], etag) ? empty(304, headers) : json(200, encode(row), headers)
      }),
      Effect.catch((failure) => Effect.succeed(failed(failure, correlationId)))
    )
  })

  return HttpRouter.route(view.by.method, view.by.path, handle)
})
