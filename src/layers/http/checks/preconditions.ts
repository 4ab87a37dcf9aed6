import { Effect } from "effect"
import { Headers, HttpServerRequest, HttpServerResponse } from "effect/http"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { problemResponse } from "#layers/http/response/responses.ts"

const isRead = ({ method }: HttpServerRequest.HttpServerRequest) => method === "GET" || method === "HEAD"

const entityTag = /(W\/)?("[\x21\x23-\x7e\x80-\xff]*")/gu

/** The tags of a condition: without their `W/` where a weak comparison is asked for, else the strong ones only. */
const tagsIn = (condition: string, isWeak: boolean): ReadonlyArray<string> =>
  Array.from(condition.matchAll(entityTag)).flatMap(([, weak, tag]) => (weak && !isWeak ? [] : [tag!]))

const matchesCondition = (condition: string, etag: string | undefined, isWeak: boolean): boolean =>
  condition.trim() === "*" || (etag !== undefined && tagsIn(condition, isWeak).includes(etag))

/**
 * `If-Match` on what changes something: no door of a command has a state of its own that could be the one which the caller
 * knows (RFC 9110, section 13.1.1). It is refused before anything is done.
 */
export const preconditionFailure = (request: HttpServerRequest.HttpServerRequest) =>
  !isRead(request) && request.headers["if-match"] !== undefined
    ? problemResponse(problems.PreconditionFailed)
    : undefined

const bodyHeaders = ["content-type", "content-length", "content-encoding"]

/** Answers with 304 where the caller has the answer already, and with 412 where it wants another: by the answer's ETag. */
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
