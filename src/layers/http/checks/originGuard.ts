import type { IncomingMessage } from "node:http"
import { Effect } from "effect"
import { HttpServerRequest, type HttpServerResponse } from "effect/http"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { invalidRequest } from "#layers/http/problems/toProblem.ts"
import { headerLines } from "#layers/http/request/headerLines.ts"
import { problemResponse } from "#layers/http/response/responses.ts"
import { type AllowedHost, hostMatcher, authorityOf, listeningHost } from "./hosts.ts"

interface OriginGuardOptions {
  readonly host: string
  readonly allowedHosts: ReadonlyArray<AllowedHost>
  /**
   * Whether other sites may link to this path: its content is the same for every client, and reading it changes nothing.
   */
  readonly isPage: (path: string) => boolean
}

const maxHostLength = 255
/** Allowed spellings of hosts that are cached, since every request is checked. */
const maxCachedHosts = 1_000

/**
 * The hosts that a request names: its one Host header, and its target if that is absolute. `undefined` unless there is
 * one such header.
 */
const hostsOf = (request: IncomingMessage): ReadonlyArray<string> | undefined => {
  const { url = "" } = request
  const headers = headerLines(request, "host")
  if (headers.length !== 1) return undefined
  return url.startsWith("/") || url === "*" ? headers : [...headers, URL.parse(url)?.host ?? ""]
}

/** Whether a browser declares that a page of another origin sent the request. `same-site` is another host or port. */
const isCrossOrigin = ({ headers }: IncomingMessage, host: string, { isSecure }: AllowedHost): boolean => {
  const site = headers["sec-fetch-site"]
  if (site !== undefined && site !== "same-origin" && site !== "none") return true
  const { origin } = headers
  if (origin === undefined) return false
  const ownOrigins = [`http://${host}`, ...(isSecure ? [`https://${host}`] : [])]
  return !ownOrigins.some((url) => URL.parse(url)?.origin === origin)
}

/**
 * Rejects requests that a page of another site makes a browser send. There is no authentication, so this check is the
 * only protection from the pages that users visit: a name that is made to resolve to this server (DNS rebinding)
 * appears in Host, a foreign page in Origin or Sec-Fetch-Site. X-Forwarded-Host is ignored, since any client can send
 * it.
 */
export const originGuard = ({ allowedHosts, host: listening, isPage }: OriginGuardOptions) => {
  const allows = hostMatcher([...allowedHosts, ...listeningHost(listening)])
  const allowedByHost = new Map<string, AllowedHost>()

  const rejectionFor = (request: IncomingMessage): HttpServerResponse.HttpServerResponse | undefined => {
    const hosts = hostsOf(request)
    if (!hosts) return invalidRequest([{ path: "host", message: "Expected one Host header" }])
    let entry: AllowedHost | undefined
    for (const host of hosts) {
      entry = allowedByHost.get(host)
      if (entry) continue
      const authority = authorityOf(host)
      if (!authority)
        return invalidRequest([{ path: "host", message: "Expected a host, such as hotel.example or 127.0.0.1:3000" }])
      entry = allows(authority)
      if (!entry) return problemResponse(problems.HostNotAllowed, { fields: { host: host.slice(0, maxHostLength) } })
      if (allowedByHost.size < maxCachedHosts) allowedByHost.set(host, entry)
    }
    const { method, url = "" } = request
    if ((method === "GET" || method === "HEAD") && isPage(url.split("?", 1)[0]!)) return undefined
    return isCrossOrigin(request, hosts.at(-1)!, entry!) ? problemResponse(problems.CrossSiteRequest) : undefined
  }

  return <E, R>(
    app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
  ): Effect.Effect<HttpServerResponse.HttpServerResponse, E, R | HttpServerRequest.HttpServerRequest> =>
    Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
      const rejection = rejectionFor(request.source as IncomingMessage)
      return rejection ? Effect.succeed(rejection) : app
    })
}
