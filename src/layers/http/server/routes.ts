import { Effect, Layer } from "effect"
import { HttpRouter } from "effect/http"
import { Board } from "#domain/model/index.ts"
import type { AllowedHost } from "#layers/http/checks/hosts.ts"
import { asEvents, asJson, asJsonOrEvents, offering } from "#layers/http/checks/negotiation.ts"
import { guard } from "#layers/http/checks/originCheck.ts"
import { conditional } from "#layers/http/checks/preconditions.ts"
import { wellFormed } from "#layers/http/checks/wellFormed.ts"
import { commandRoute } from "#layers/http/commands/commandRoute.ts"
import { refusalLimits, usualRefusals } from "#layers/http/commands/rejectionLimits.ts"
import { blueprintRoutes, type Tested } from "#layers/http/monitoring/blueprintRoutes.ts"
import { eventsRoute } from "#layers/http/monitoring/eventStreamRoute.ts"
import { factsRoutes } from "#layers/http/monitoring/historyRoutes.ts"
import { searchRoute } from "#layers/http/monitoring/searchRoute.ts"
import { parkedRoutes } from "#layers/http/operations/deadLetterRoutes.ts"
import { dismissRoutes } from "#layers/http/operations/dismissRoutes.ts"
import { healthRoutes } from "#layers/http/operations/healthRoutes.ts"
import { operationsAtRoute, operationsRoutes } from "#layers/http/operations/operationsRoutes.ts"
import { voidRoutes } from "#layers/http/operations/voidRoutes.ts"
import { LogName } from "#layers/http/response/LogName.ts"
import * as docs from "#layers/http/static/docsPage.ts"
import { assets, type Page, pageRoutes } from "#layers/http/static/pageRoutes.ts"
import { rowsRoute } from "#layers/http/views/rowsRoute.ts"
import { viewRoute } from "#layers/http/views/viewRoute.ts"
import { elsewhere } from "./fallback.ts"

/** What is served beside what the board itself gives. */
export interface Beside {
  readonly tested?: Tested | undefined
  readonly page?: Page | undefined
  /** Comes when the server begins to end: answers that go on end then. */
  readonly closing?: Effect.Effect<void> | undefined
  /** Where the server listens: it answers to that host, to loopback, and to these. */
  readonly host: string
  readonly allowedHosts?: ReadonlyArray<AllowedHost> | undefined
  /** How many refused commands a minute are taken of one caller, and on one event stream. */
  readonly refusals?: number | undefined
  /** How many may listen to what happens at once. */
  readonly mostListeners?: number | undefined
  /** How many of them from one address; all clients behind a proxy share its address. */
  readonly mostListenersPerAddress?: number | undefined
}

/**
 * Everything a board answers over HTTP: its commands and views, the board itself, what happens and happened, its health,
 * the description of these, and problems.
 */
export const routes = (
  board: Board.Any,
  {
    allowedHosts = [],
    closing = Effect.never,
    host,
    mostListeners = 1_000,
    mostListenersPerAddress = 200,
    page,
    refusals = usualRefusals,
    tested
  }: Beside
) => {
  const limitOf = refusalLimits(refusals)
  const isPage = (path: string) =>
    path === docs.page || path.startsWith(assets) || page?.paths.includes(path as `/${string}`) === true
  const answered = HttpRouter.use(
    Effect.fnUntraced(function* (router) {
      const listeners = { total: mostListeners, perAddress: mostListenersPerAddress }
      const all = [
        ...offering(asJson, [
          ...(yield* Effect.forEach(Board.changes(board), (slice) => commandRoute(board, slice, limitOf))),
          ...(yield* Effect.forEach(Board.views(board), (slice) => viewRoute(slice))),
          ...(yield* factsRoutes(board)),
          yield* searchRoute(board),
          ...(yield* operationsRoutes(board)),
          ...(yield* parkedRoutes()),
          ...dismissRoutes(),
          ...voidRoutes(),
          ...(yield* healthRoutes(board))
        ]),
        ...offering(asJsonOrEvents, [
          ...(yield* Effect.forEach(Board.views(board), (slice) => rowsRoute(slice))),
          yield* operationsAtRoute(board)
        ]),
        ...offering(asEvents, [yield* eventsRoute(board, closing, listeners)]),
        // Each file is of one media type, which it knows.
        ...blueprintRoutes(board, tested),
        ...(page ? pageRoutes(page) : [])
      ]
      yield* router.addAll(all)
      yield* router.addGlobalMiddleware(elsewhere([...all, ...docs.paths]))
      yield* router.addGlobalMiddleware(guard({ host, allowedHosts, isPage }))
      yield* router.addGlobalMiddleware(wellFormed)
      yield* router.addGlobalMiddleware(conditional)
    })
  )

  return Layer.merge(docs.layer(board, page?.paths.includes("/") === true), Layer.provide(answered, LogName.layer))
}
