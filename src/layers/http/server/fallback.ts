import { type Cause, Effect } from "effect"
import { FindMyWay, HttpServerError, type HttpServerRequest, type HttpServerResponse } from "effect/http"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { empty, problem } from "#layers/http/response/response.ts"

/** Each thing has one URL, however long its parameters are. */
export const routing = {
  caseSensitive: true,
  ignoreTrailingSlash: false,
  ignoreDuplicateSlashes: false,
  maxParamLength: 8_192
}

interface Route {
  readonly method: string
  readonly path: string
}

/** Which methods each path is there for; a path that can be read has its HEAD too. */
const methodsOf = (routes: ReadonlyArray<Route>) => {
  const methods = new Map<string, Set<string>>()
  for (const { method, path } of routes) {
    const known = methods.get(path) ?? new Set(["OPTIONS"])
    methods.set(path, known.add(method))
    if (method === "GET") known.add("HEAD")
  }
  const paths = FindMyWay.make<string>(routing)
  for (const [path, known] of methods) paths.on("GET", path as `/${string}`, [...known].sort().join(", "))
  return (url: string) => paths.find("GET", url)?.handler
}

/** Requests that no route takes: 404, 405, or an OPTIONS. And what broke: 500, with the reason in our log only. */
export const elsewhere = (routes: ReadonlyArray<Route>) => {
  const allowed = methodsOf(routes)
  const every = "GET, HEAD, OPTIONS, POST, PUT"

  const unrouted = ({ method, url }: HttpServerRequest.HttpServerRequest) => {
    const allow = url === "*" ? every : allowed(url)
    if (allow === undefined) return problem(problems.RouteNotFound)
    return method === "OPTIONS" ? empty(204, { allow }) : problem(problems.MethodNotAllowed, { headers: { allow } })
  }

  return <E, R>(
    app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
  ): Effect.Effect<HttpServerResponse.HttpServerResponse, E, R> => Effect.catchCause(app, (cause) => answer(cause))

  function answer<E>(cause: Cause.Cause<E>): Effect.Effect<HttpServerResponse.HttpServerResponse, E> {
    if (cause.reasons.some(({ _tag }) => _tag === "Interrupt")) return Effect.failCause(cause)
    for (const reason of cause.reasons) {
      const error = reason._tag === "Fail" ? reason.error : undefined
      if (HttpServerError.isHttpServerError(error) && error.reason._tag === "RouteNotFound") {
        return Effect.succeed(unrouted(error.reason.request))
      }
    }
    return Effect.as(Effect.logError("A request could not be answered", cause), problem(problems.InternalError))
  }
}
