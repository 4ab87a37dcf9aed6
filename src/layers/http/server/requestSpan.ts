import { Effect, type Exit, type Tracer } from "effect"
import { FindMyWay, HttpServerRequest, type HttpServerResponse } from "effect/http"
import { traceOrigin } from "#layers/http/request/traceTrust.ts"
import { inSpan, Tracing } from "#layers/telemetry/tracing/inSpan.ts"
import { routerConfig } from "./fallback.ts"

interface Route {
  readonly method: string
  readonly path: string
}

/** Probes and scrapes, which come every few seconds. */
const untracedPaths: ReadonlySet<string> = new Set(["/health/live", "/health/ready", "/metrics"])

const routeFinder = (routes: ReadonlyArray<Route>) => {
  const paths = FindMyWay.make<string>(routerConfig)
  for (const path of new Set(routes.map(({ path }) => path))) paths.on("GET", path as `/${string}`, path)
  return (url: string) => paths.find("GET", url)?.handler
}

/** The path is left out where it has values: those of keys may name a person. `http.route` has their names. */
const attributesOf = ({ headers, method }: HttpServerRequest.HttpServerRequest, route: string | undefined) => ({
  "http.request.method": method,
  "url.scheme": "http",
  ...(route !== undefined && { "http.route": route, ...(!/[:*]/u.test(route) && { "url.path": route }) }),
  ...(headers["user-agent"] !== undefined && { "user_agent.original": headers["user-agent"] })
})

const describe = (span: Tracer.Span, exit: Exit.Exit<HttpServerResponse.HttpServerResponse, unknown>) => {
  if (exit._tag === "Failure") return "500"
  const { status } = exit.value
  span.attribute("http.response.status_code", status)
  return status >= 500 ? String(status) : undefined
}

/** Runs each request in a span named after its route, `PUT /mutation/book-room`, if spans are exported. */
export const requestSpan = Effect.fnUntraced(function* (routes: ReadonlyArray<Route>) {
  const isTraced = yield* Tracing
  const originOf = yield* traceOrigin
  const routeOf = routeFinder(routes)

  return <E, R>(app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) =>
    isTraced
      ? Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
          const route = routeOf(request.url)
          if (route !== undefined && untracedPaths.has(route)) return app
          const name = route === undefined ? request.method : `${request.method} ${route}`
          const options = { name, kind: "server" as const, attributes: attributesOf(request, route), describe }
          return inSpan({ ...options, ...originOf(request.headers) }, () => app)
        })
      : app
})
