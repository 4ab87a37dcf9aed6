import { Board } from "#domain/grammar/index.ts"
import { Effect, Layer } from "effect"
import { HttpRouter } from "effect/http"
import { blueprintRoutes, type Tested } from "./blueprintRoutes.ts"
import { commandRoute } from "./commandRoute.ts"
import * as docs from "./docs.ts"
import { elsewhere } from "./elsewhere.ts"
import { eventsRoute } from "./eventsRoute.ts"
import { factsRoutes } from "./factsRoutes.ts"
import { healthRoutes } from "./healthRoutes.ts"
import { operationsRoutes } from "./operationsRoutes.ts"
import { type Page, pageRoutes } from "./pageRoutes.ts"
import { parkedRoutes } from "./parkedRoutes.ts"
import { rowsRoute } from "./rowsRoute.ts"
import { viewRoute } from "./viewRoute.ts"
import { voidRoutes } from "./voidRoutes.ts"

/** What is served beside what the board itself gives. */
export interface Beside {
  readonly tested?: Tested | undefined
  readonly page?: Page | undefined
  /** Comes when the server begins to end: answers that go on end then. */
  readonly closing?: Effect.Effect<void> | undefined
  /** How many may listen to what happens at once. */
  readonly mostListeners?: number | undefined
  /** How many of them from one address; a proxy is one address, whoever stands behind it. */
  readonly mostListenersPerAddress?: number | undefined
}

/**
 * Everything a board answers over HTTP: its commands and views, the board itself, what happens and happened, its health,
 * the description of these, and problems.
 */
export const routes = (
  board: Board.Any,
  { closing = Effect.never, mostListeners = 1_000, mostListenersPerAddress = 200, page, tested }: Beside = {}
) => {
  const answered = HttpRouter.use(
    Effect.fnUntraced(function* (router) {
      const all = [
        ...(yield* Effect.forEach(Board.changes(board), (slice) => commandRoute(board, slice))),
        ...(yield* Effect.forEach(Board.views(board), (slice) => viewRoute(slice))),
        ...(yield* Effect.forEach(Board.views(board), (slice) => rowsRoute(slice))),
        ...blueprintRoutes(board, tested),
        yield* eventsRoute(board, closing, { total: mostListeners, perAddress: mostListenersPerAddress }),
        ...(yield* factsRoutes(board)),
        ...(yield* operationsRoutes(board)),
        ...(yield* parkedRoutes()),
        ...voidRoutes(),
        ...(yield* healthRoutes(board)),
        ...(page ? yield* pageRoutes(page) : [])
      ]
      yield* router.addAll(all)
      yield* router.addGlobalMiddleware(elsewhere([...all, ...docs.paths]))
    })
  )

  return Layer.merge(docs.layer(board), answered)
}
