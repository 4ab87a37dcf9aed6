import { type Cause, Effect, Option } from "effect"
import { FindMyWay, HttpServerError, HttpServerRequest, type HttpServerResponse } from "effect/http"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { withCorrelation } from "#layers/http/problems/toProblem.ts"
import { correlationIdOf } from "#layers/http/request/requestHeaders.ts"
import { emptyResponse, problemResponse } from "#layers/http/response/responses.ts"

/** Each resource has exactly one URL, and its parameters may be long. */
export const routerConfig = {
  caseSensitive: true,
  ignoreTrailingSlash: false,
  ignoreDuplicateSlashes: false,
  maxParamLength: 8_192
}

interface Route {
  readonly method: string
  readonly path: string
}

/** The methods of each path, as an `Allow` header lists them; a path with GET has HEAD too. */
const allowedMethods = (routes: ReadonlyArray<Route>) => {
  const methods = new Map<string, Set<string>>()
  for (const { method, path } of routes) {
    const pathMethods = methods.get(path) ?? new Set(["OPTIONS"])
    methods.set(path, pathMethods.add(method))
    if (method === "GET") pathMethods.add("HEAD")
  }
  const paths = FindMyWay.make<string>(routerConfig)
  for (const [path, pathMethods] of methods) paths.on("GET", path as `/${string}`, [...pathMethods].sort().join(", "))
  return (url: string) => paths.find("GET", url)?.handler
}

/** Answers requests without a route (404, 405, OPTIONS) and defects: 500, with the cause in the app's log only. */
export const fallback = (routes: ReadonlyArray<Route>) => {
  const allowed = allowedMethods(routes)
  const allMethods = "GET, HEAD, OPTIONS, POST, PUT"

  const unroutedResponse = ({ method, url }: HttpServerRequest.HttpServerRequest) => {
    const allow = url === "*" ? allMethods : allowed(url)
    if (allow === undefined) return problemResponse(problems.RouteNotFound)
    return method === "OPTIONS"
      ? emptyResponse(204, { allow })
      : problemResponse(problems.MethodNotAllowed, { headers: { allow } })
  }

  return <E, R>(
    app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
  ): Effect.Effect<HttpServerResponse.HttpServerResponse, E, R> => Effect.catchCause(app, (cause) => recover(cause))

  function recover<E>(cause: Cause.Cause<E>): Effect.Effect<HttpServerResponse.HttpServerResponse, E> {
    if (cause.reasons.some(({ _tag }) => _tag === "Interrupt")) return Effect.failCause(cause)
    for (const reason of cause.reasons) {
      const error = reason._tag === "Fail" ? reason.error : undefined
      if (HttpServerError.isHttpServerError(error) && error.reason._tag === "RouteNotFound") {
        return Effect.succeed(unroutedResponse(error.reason.request))
      }
    }
    return Effect.flatMap(Effect.serviceOption(HttpServerRequest.HttpServerRequest), (request) => {
      const correlationId = Option.isSome(request) ? correlationIdOf(request.value.headers) : undefined
      const log = withCorrelation(correlationId, Effect.logError("A request failed", cause))
      return Effect.as(log, problemResponse(problems.InternalError))
    })
  }
}
