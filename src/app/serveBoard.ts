import { Console, Context, Effect, Layer } from "effect"
import type { Board } from "#domain/model/index.ts"
import { isExposed } from "#layers/http/checks/hosts.ts"
import * as Http from "#layers/http/server/httpServer.ts"
import * as Runtime from "#layers/runBoard.ts"
import { Connection } from "#layers/services/Connection.ts"
import type { Infrastructure } from "./infrastructure.ts"
import { buildProjectPages, projectHttpOptions } from "./projectFiles.ts"
import { seedRooms } from "./seedRooms.ts"
import type { Settings } from "./settings.ts"
import { logAddresses, step } from "./startupLog.ts"

const exposureWarning = (host: string) =>
  `HOST is ${host}: every client that reaches this machine can do everything, since there is no authentication yet. Put a ` +
  "proxy that authenticates in front of it. Under names other than localhost it answers only if ALLOWED_HOSTS has them."

const runBoard = (board: Board.Any) =>
  step(
    "commands, views and automations",
    "commands, views and automations",
    Layer.build(Layer.fresh(Runtime.layer(board)))
  )

/** Runs a board and serves it over HTTP. Never succeeds; fails when the connection to NATS is lost for good. */
export const serveBoard = Effect.fnUntraced(function* (
  board: Board.Any,
  { dataDir, natsAddresses, isEmbedded, services }: Infrastructure,
  config: Settings
) {
  const running = yield* runBoard(board).pipe(Effect.provide(services))
  if (isEmbedded) {
    yield* seedRooms(config.rooms, dataDir).pipe(Effect.provide(running), Effect.provide(services))
  }
  const { url } = yield* step("HTTP", "HTTP", Http.start(board, { ...config, ...projectHttpOptions })).pipe(
    Effect.provide(running),
    Effect.provide(services)
  )
  const hasPages = yield* buildProjectPages
  if (isExposed(config.host)) yield* Console.error(`  ! ${exposureWarning(config.host)}`)
  yield* logAddresses({
    ...(hasPages && { wall: `${url}/` }),
    API: url,
    docs: `${url}/docs`,
    OpenAPI: `${url}/openapi.json`,
    health: `${url}/health/ready`,
    ...natsAddresses
  })
  return yield* Context.get(services, Connection).lost
})
