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

/** What is wrong with the target of a request (RFC 9112, section 3.2), beside a path that leads nowhere. */
const targetError = ({ method, url = "" }: IncomingMessage) => {
  if (url === "*" && method !== "OPTIONS") return invalidTarget("target", "Expected a path; * is for OPTIONS only")
  if (url.includes("#"))
    return invalidTarget("target", "Expected no fragment: what is behind # is for the client alone")
  const query = url.indexOf("?")
  return query < 0 || isPercentEncoded(url.slice(query + 1))
    ? undefined
    : invalidTarget("target", "Expected a query that is percent-encoded UTF-8")
}

const protocolError = (code: string, status: number, detail: string) =>
  protocolErrorResponse({ code, status, detail }, { connection: "close" })

/** Node takes any version for 1.1 that it can parse. */
const versionError = ({ httpVersion, httpVersionMajor }: IncomingMessage) =>
  httpVersionMajor === 1
    ? undefined
    : protocolError("HttpVersionNotSupported", 505, `HTTP/1.1 is spoken here, and not HTTP/${httpVersion}.`)

/** What is wrong with how the body is framed (RFC 9112, section 6.1). Node decodes `chunked` and ignores all other codings. */
const framingError = (request: IncomingMessage) => {
  const coding = request.headers["transfer-encoding"]
  if (coding === undefined) return undefined
  if (request.httpVersion === "1.0") {
    return protocolError("UnreadableRequest", 400, "HTTP/1.0 has no Transfer-Encoding. Send a Content-Length.")
  }
  const detail = "Of all transfer codings, chunked alone is known here. Send the body as it is."
  return coding.trim().toLowerCase() === "chunked" ? undefined : protocolError("TransferCodingUnknown", 501, detail)
}

const malformedResponse = (request: IncomingMessage): HttpServerResponse.HttpServerResponse | undefined =>
  versionError(request) ??
  targetError(request) ??
  framingError(request) ??
  // Node would take the first, and whoever stands before this server perhaps the last.
  (headerLines(request, "content-type").length > 1
    ? invalidTarget("content-type", "Expected one Content-Type header")
    : undefined)

/** The router takes a `;` for the beginning of a query, as some old servers do. In a path it is a character like others. */
const withoutSemicolons = (url: string): string => {
  const query = url.indexOf("?")
  const path = query < 0 ? url : url.slice(0, query)
  return path.includes(";") ? path.replaceAll(";", "%3B") + url.slice(path.length) : url
}

/** Refuses requests that Node lets pass though their target or their framing is none, before a route is looked for. */
export const requireWellFormed = <E, R>(
  app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
): Effect.Effect<HttpServerResponse.HttpServerResponse, E, R | HttpServerRequest.HttpServerRequest> =>
  Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
    const answer = malformedResponse(request.source as IncomingMessage)
    if (answer) return Effect.succeed(answer)
    const url = withoutSemicolons(request.url)
    return url === request.url
      ? app
      : Effect.provideService(app, HttpServerRequest.HttpServerRequest, request.modify({ url }))
  })
