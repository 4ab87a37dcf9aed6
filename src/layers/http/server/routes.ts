import { Effect, Layer } from "effect"
import { HttpRouter } from "effect/http"
import { Board } from "#domain/model/index.ts"
import { accessGuard, guardedRoute } from "#layers/http/checks/accessGuard.ts"
import { admission } from "#layers/http/checks/admission.ts"
import type { AllowedHost } from "#layers/http/checks/hosts.ts"
import { originGuard } from "#layers/http/checks/originGuard.ts"
import { evaluatePreconditions } from "#layers/http/checks/preconditions.ts"
import { type RequestRates, requestRates } from "#layers/http/checks/requestRates.ts"
import { requireWellFormed } from "#layers/http/checks/wellFormed.ts"
import { commandRoute } from "#layers/http/commands/commandRoute.ts"
import { rejectionLimits, defaultRejectionsPerMinute } from "#layers/http/commands/rejectionLimits.ts"
import { liveSessionRoute } from "#layers/http/live/liveSessionRoute.ts"
import { asyncApiRoutes } from "#layers/http/monitoring/asyncApiRoutes.ts"
import { blueprintRoutes, type TestResultsSource } from "#layers/http/monitoring/blueprintRoutes.ts"
import { eventFeedRoute } from "#layers/http/monitoring/eventFeedRoute.ts"
import { historyRoutes } from "#layers/http/monitoring/historyRoutes.ts"
import { searchRoute } from "#layers/http/monitoring/searchRoute.ts"
import { deadLetterRoutes } from "#layers/http/operations/deadLetterRoutes.ts"
import { dismissRoute } from "#layers/http/operations/dismissRoutes.ts"
import { healthRoutes } from "#layers/http/operations/healthRoutes.ts"
import { metricsRoute } from "#layers/http/operations/metricsRoute.ts"
import { operationsRoutes } from "#layers/http/operations/operationsRoutes.ts"
import { voidRoute } from "#layers/http/operations/voidRoutes.ts"
import { TraceTrust } from "#layers/http/request/traceTrust.ts"
import { LogName } from "#layers/http/response/LogName.ts"
import { type Authentication, sessionRoutes } from "#layers/http/session/sessionRoutes.ts"
import * as docs from "#layers/http/static/apiDocs.ts"
import { assetsPath, type Page, pageRoutes } from "#layers/http/static/pageRoutes.ts"
import { rowsRoute } from "#layers/http/views/rowsRoute.ts"
import { viewRoute } from "#layers/http/views/viewRoute.ts"
import type { LiveSessions } from "#layers/services/LiveSessions.ts"
import { fallback } from "./fallback.ts"
import { requestSpan } from "./requestSpan.ts"

/** Options of the routes that do not follow from the board. */
export interface RouteOptions {
  readonly tested?: TestResultsSource | undefined
  readonly page?: Page | undefined
  /** Completes when the server begins to shut down: event streams end then. */
  readonly closing?: Effect.Effect<void> | undefined
  /** Where the server listens: it answers requests for that host, for loopback, and for `allowedHosts`. */
  readonly host: string
  readonly allowedHosts?: ReadonlyArray<AllowedHost> | undefined
  /** How many requests are allowed per minute. Without it as many as the process can answer. */
  readonly requestsPerMinute?: RequestRates | undefined
  /** How many rejected commands are allowed per minute, for each client and for each event stream. */
  readonly rejectionsPerMinute?: number | undefined
  /** How many clients may listen to `/events` at once. */
  readonly maxListeners?: number | undefined
  /** How many of them from one address; all clients behind a proxy share its address. */
  readonly maxListenersPerAddress?: number | undefined
  /** How callers authenticate. Without it everyone may do everything. */
  readonly authentication?: Authentication | undefined
  /** The sessions of browsers that read rows over WebSocket, if that is switched on. */
  readonly live?: LiveSessions | undefined
}

/**
 * All routes of a board: its commands and views, the board itself, its event feed and history, its operations and
 * health, their documentation, and the pages.
 */
export const routes = (
  board: Board.Any,
  {
    allowedHosts = [],
    authentication,
    closing = Effect.never,
    host,
    live,
    maxListeners = 1_000,
    maxListenersPerAddress = 200,
    page,
    requestsPerMinute,
    rejectionsPerMinute = defaultRejectionsPerMinute,
    tested
  }: RouteOptions
) => {
  // Where callers authenticate, they are not ours: anyone could name the trace of another.
  const isTraceTrusted = authentication === undefined
  const rates = requestsPerMinute && requestRates(requestsPerMinute)
  const guard = accessGuard(authentication, rates)
  const rejectionLimitOf = rejectionLimits(rejectionsPerMinute)
  const isPage = (path: string) =>
    path === docs.docsPath || path.startsWith(assetsPath) || page?.paths.includes(path as `/${string}`) === true
  const routesLayer = HttpRouter.use(
    Effect.fnUntraced(function* (router) {
      const listeners = { total: maxListeners, perAddress: maxListenersPerAddress }
      const allRoutes = [
        ...(yield* Effect.forEach(Board.commandSlices(board), (slice) => commandRoute(board, slice, rejectionLimitOf))),
        ...(yield* Effect.forEach(Board.views(board), (slice) => viewRoute(slice))),
        ...(yield* Effect.forEach(Board.views(board), (slice) => rowsRoute(board, slice))),
        ...sessionRoutes(board, authentication),
        liveSessionRoute(board, live),
        yield* eventFeedRoute(board, closing, listeners),
        ...(yield* historyRoutes(board)),
        yield* searchRoute(board),
        ...(yield* operationsRoutes(board)),
        ...(yield* deadLetterRoutes),
        dismissRoute,
        voidRoute,
        ...(yield* healthRoutes(board)),
        yield* metricsRoute,
        ...blueprintRoutes(board, tested),
        ...(yield* asyncApiRoutes(board)),
        ...(page ? pageRoutes(page) : [])
      ]
      yield* router.addAll(allRoutes.map((route) => guardedRoute(guard)(route)))
      yield* router.addGlobalMiddleware(fallback([...allRoutes, ...docs.docsRoutes]))
      yield* router.addGlobalMiddleware(originGuard({ host, allowedHosts, isPage }))
      yield* router.addGlobalMiddleware(requireWellFormed)
      yield* router.addGlobalMiddleware(evaluatePreconditions)
      yield* router.addGlobalMiddleware(admission(rates))
      yield* router.addGlobalMiddleware(yield* requestSpan([...allRoutes, ...docs.docsRoutes]))
    })
  )

  return Layer.merge(
    docs.layer(board, page?.paths.includes("/") === true, guard),
    Layer.provide(routesLayer, [LogName.layer, Layer.succeed(TraceTrust, () => isTraceTrusted)])
  )
}
