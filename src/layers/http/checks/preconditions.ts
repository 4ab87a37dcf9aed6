import { Effect } from "effect"
import { Headers, HttpServerRequest, HttpServerResponse } from "effect/http"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { problemResponse } from "#layers/http/response/responses.ts"

const isRead = ({ method }: HttpServerRequest.HttpServerRequest) => method === "GET" || method === "HEAD"

const entityTag = /(W\/)?("[\x21\x23-\x7e\x80-\xff]*")/gu

/** The tags of a condition: all of them, without `W/`, for a weak comparison; only the strong ones otherwise. */
const tagsIn = (condition: string, isWeak: boolean): ReadonlyArray<string> =>
  Array.from(condition.matchAll(entityTag)).flatMap(([, weak, tag]) => (weak && !isWeak ? [] : [tag!]))

const matchesCondition = (condition: string, etag: string | undefined, isWeak: boolean): boolean =>
  condition.trim() === "*" || (etag !== undefined && tagsIn(condition, isWeak).includes(etag))

/**
 * The 412 for `If-Match` on a write: the endpoint of a command has no representation that could match (RFC 9110,
 * section 13.1.1). It is checked before the command runs.
 */
export const preconditionFailure = (request: HttpServerRequest.HttpServerRequest) =>
  !isRead(request) && request.headers["if-match"] !== undefined
    ? problemResponse(problems.PreconditionFailed)
    : undefined

const bodyHeaders = ["content-type", "content-length", "content-encoding"]

/**
 * Compares the ETag of a successful read with the request's conditions: 304 if `If-None-Match` has it, 412 if
 * `If-Match` does not.
 */
export const evaluatePreconditions = <E, R>(
  app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
): Effect.Effect<HttpServerResponse.HttpServerResponse, E, R | HttpServerRequest.HttpServerRequest> =>
  Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
    const { "if-match": ifMatch, "if-none-match": ifNoneMatch } = request.headers
    if (!isRead(request) || (ifMatch === undefined && ifNoneMatch === undefined)) return app
    return Effect.map(app, (response) => {
      const { etag } = response.headers
      if (response.status !== 200 || response.body._tag === "Stream" || response.body._tag === "Raw") return response
      if (ifMatch !== undefined && !matchesCondition(ifMatch, etag, false))
        return problemResponse(problems.PreconditionFailed)
      if (ifNoneMatch === undefined || etag === undefined || !matchesCondition(ifNoneMatch, etag, true)) return response
      return HttpServerResponse.empty({ status: 304, headers: Headers.removeMany(response.headers, bodyHeaders) })
    })
  })
