import type { IncomingMessage } from "node:http"
import { Effect } from "effect"
import { HttpServerRequest, type HttpServerResponse } from "effect/http"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { invalidRequest } from "#layers/http/problems/toProblem.ts"
import { headerLines } from "#layers/http/request/headerLines.ts"
import { problemResponse } from "#layers/http/response/responses.ts"
import { type AllowedHost, hostMatcher, authorityOf, listeningHost } from "./hosts.ts"

export interface OriginGuardOptions {
  readonly host: string
  readonly allowedHosts: ReadonlyArray<AllowedHost>
  /** Whether other sites may link to what is at this path: it is the same for everybody, and changes nothing. */
  readonly isPage: (path: string) => boolean
}

const maxHostLength = 255
/** Spellings of hosts that were found to be allowed, remembered because it is asked for each request. */
const maxCachedHosts = 1_000

/** What the request says of its host: in its target, if that is absolute, and in its one Host header. */
const hostsOf = (request: IncomingMessage): ReadonlyArray<string> | undefined => {
  const { url = "" } = request
  const headers = headerLines(request, "host")
  if (headers.length !== 1) return undefined
  return url.startsWith("/") || url === "*" ? headers : [...headers, URL.parse(url)?.host ?? ""]
}

/** Whether a browser says that the request comes from a page of another origin. `same-site` is another host or port. */
const isCrossOrigin = ({ headers }: IncomingMessage, host: string, { isSecure }: AllowedHost): boolean => {
  const site = headers["sec-fetch-site"]
  if (site !== undefined && site !== "same-origin" && site !== "none") return true
  const { origin } = headers
  if (origin === undefined) return false
  const ownOrigins = [`http://${host}`, ...(isSecure ? [`https://${host}`] : [])]
  return !ownOrigins.some((url) => URL.parse(url)?.origin === origin)
}

/**
 * Refuses requests that a page of another site makes a browser send. Without authentication that is all that stands
 * between this server and any page that its users visit: a name that is made to point here (DNS rebinding) shows in Host,
 * a foreign page in Origin or Sec-Fetch-Site. What proxies say in X-Forwarded-Host is not looked at: anybody can say it.
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
        return invalidRequest([{ path: "host", message: "Expected a host, as hotel.example or 127.0.0.1:3000" }])
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
