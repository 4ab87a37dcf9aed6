import { Board } from "#domain/grammar/index.ts"
import { Effect, Layer } from "effect"
import { HttpRouter } from "effect/http"
import { commandRoute } from "./commandRoute.ts"
import * as docs from "./docs.ts"
import { elsewhere } from "./elsewhere.ts"
import { healthRoutes } from "./healthRoutes.ts"
import { parkedRoutes } from "./parkedRoutes.ts"
import { viewRoute } from "./viewRoute.ts"

/** Everything a board answers over HTTP: its commands, views and health, the description of these, and problems. */
export const routes = (board: Board.Any) => {
  const answered = HttpRouter.use(
    Effect.fnUntraced(function* (router) {
      const all = [
        ...(yield* Effect.forEach(Board.changes(board), (slice) => commandRoute(slice))),
        ...(yield* Effect.forEach(Board.views(board), (slice) => viewRoute(slice))),
        ...(yield* parkedRoutes()),
        ...(yield* healthRoutes(board))
      ]
      yield* router.addAll(all)
      yield* router.addGlobalMiddleware(elsewhere([...all, ...docs.paths]))
    })
  )

  return Layer.merge(docs.layer(board), answered)
}
