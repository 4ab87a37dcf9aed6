import { Effect } from "effect"
import { HttpRouter, HttpServerRequest, type HttpServerResponse } from "effect/http"
import Negotiator from "negotiator"
import { mediaTypes, problems } from "#layers/http/problems/problemTypes.ts"
import { problemResponse } from "#layers/http/response/responses.ts"
import { preconditionFailure } from "./preconditions.ts"

export const sseMediaType = "text/event-stream"

/** The media types that a route can respond with, the default first. */
export const jsonOnly = [mediaTypes.json] as const
export const jsonOrSse = [mediaTypes.json, sseMediaType] as const

/** All responses are UTF-8, so an `accept` with that parameter is equivalent to one without. */
const utf8Parameter = /;\s*charset\s*=\s*"?utf-?8"?/giu

/** Accept headers whose result is cached: a client sends the same one with each request. */
const maxCachedHeaders = 1_000

/**
 * Which of the offered media types, the default first, an Accept header prefers (RFC 9110, section 12.5.1); `undefined`
 * if it accepts none of them.
 */
export const mediaTypeNegotiator = (offered: ReadonlyArray<string>) => {
  const cached = new Map<string, string | undefined>()
  return (accept: string | undefined): string | undefined => {
    if (accept === undefined || accept.trim() === "" || accept === "*/*") return offered[0]
    if (cached.has(accept)) return cached.get(accept)
    const negotiator = new Negotiator({ headers: { accept: accept.replace(utf8Parameter, "") } })
    const chosen = negotiator.mediaType([...offered])
    if (cached.size < maxCachedHeaders) cached.set(accept, chosen)
    return chosen
  }
}

export const notAcceptable = (available: ReadonlyArray<string>): HttpServerResponse.HttpServerResponse =>
  problemResponse(problems.NotAcceptable, { fields: { available } })

/** The same route, which runs only if the client accepts one of its media types and no precondition fails. */
export const negotiated = <E, R>(
  offered: ReadonlyArray<string>,
  { handler, method, path }: HttpRouter.Route<E, R>
): HttpRouter.Route<E, R> => {
  const preferred = mediaTypeNegotiator(offered)
  return HttpRouter.route(
    method,
    path,
    Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
      if (preferred(request.headers["accept"]) === undefined) return Effect.succeed(notAcceptable(offered))
      const failure = preconditionFailure(request)
      return failure ? Effect.succeed(failure) : (handler as Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>)
    })
  )
}
