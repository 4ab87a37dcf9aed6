import type { IncomingMessage } from "node:http"
import { Effect } from "effect"
import { HttpServerRequest, type HttpServerResponse } from "effect/http"
import { invalidRequest } from "#layers/http/problems/toProblem.ts"
import { headerLines } from "#layers/http/request/headerLines.ts"
import { protocolErrorResponse } from "#layers/http/server/malformedRequest.ts"

const isPercentEncoded = (text: string): boolean => {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

const invalidTarget = (path: string, message: string) => invalidRequest([{ path, message }])

/** The problem with the target of a request (RFC 9112, section 3.2), other than an unknown path. */
const targetError = ({ method, url = "" }: IncomingMessage) => {
  if (url === "*" && method !== "OPTIONS") return invalidTarget("target", "Expected a path; * is for OPTIONS only")
  if (url.includes("#")) return invalidTarget("target", "Expected no fragment: the part after # is for the client only")
  const query = url.indexOf("?")
  return query < 0 || isPercentEncoded(url.slice(query + 1))
    ? undefined
    : invalidTarget("target", "Expected a query that is percent-encoded UTF-8")
}

const protocolError = (code: string, status: number, detail: string) =>
  protocolErrorResponse({ code, status, detail }, { connection: "close" })

/** Node treats any version that it can parse as 1.1. */
const versionError = ({ httpVersion, httpVersionMajor }: IncomingMessage) =>
  httpVersionMajor === 1
    ? undefined
    : protocolError("HttpVersionNotSupported", 505, `This server supports HTTP/1.1, not HTTP/${httpVersion}.`)

/**
 * The problem with the framing of the body (RFC 9112, section 6.1). Node decodes `chunked` and ignores all other
 * codings.
 */
const framingError = (request: IncomingMessage) => {
  const coding = request.headers["transfer-encoding"]
  if (coding === undefined) return undefined
  if (request.httpVersion === "1.0") {
    return protocolError("UnreadableRequest", 400, "HTTP/1.0 has no Transfer-Encoding. Send a Content-Length.")
  }
  const detail = "The only supported transfer coding is chunked. Send the body without any other."
  return coding.trim().toLowerCase() === "chunked" ? undefined : protocolError("TransferCodingUnknown", 501, detail)
}

const malformedResponse = (request: IncomingMessage): HttpServerResponse.HttpServerResponse | undefined =>
  versionError(request) ??
  targetError(request) ??
  framingError(request) ??
  // Node uses the first one, and a proxy before this server perhaps the last.
  (headerLines(request, "content-type").length > 1
    ? invalidTarget("content-type", "Expected one Content-Type header")
    : undefined)

/** The router starts the query at a `;`, as some old servers do. In a path it is an ordinary character. */
const withoutSemicolons = (url: string): string => {
  const query = url.indexOf("?")
  const path = query < 0 ? url : url.slice(0, query)
  return path.includes(";") ? path.replaceAll(";", "%3B") + url.slice(path.length) : url
}

/** Rejects, before routing, requests that Node accepts although their target or framing is invalid. */
export const requireWellFormed = <E, R>(
  app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
): Effect.Effect<HttpServerResponse.HttpServerResponse, E, R | HttpServerRequest.HttpServerRequest> =>
  Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
    const rejection = malformedResponse(request.source as IncomingMessage)
    if (rejection) return Effect.succeed(rejection)
    const url = withoutSemicolons(request.url)
    return url === request.url
      ? app
      : Effect.provideService(app, HttpServerRequest.HttpServerRequest, request.modify({ url }))
  })
