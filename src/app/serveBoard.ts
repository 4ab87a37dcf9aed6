import { Console, Context, Effect, Layer } from "effect"
import type { Board } from "#domain/model/index.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { isExposed } from "#layers/http/checks/hosts.ts"
import * as Http from "#layers/http/server/httpServer.ts"
import type { Authentication } from "#layers/http/session/sessionRoutes.ts"
import * as CommandService from "#layers/messaging/CommandService.ts"
import type { ServerAddress } from "#layers/nats/connection/serverAddress.ts"
import * as Runtime from "#layers/runBoard.ts"
import { Connection } from "#layers/services/Connection.ts"
import type { Infrastructure } from "./infrastructure.ts"
import { buildProjectPages, projectHttpOptions } from "./projectFiles.ts"
import { seedBoard } from "./seedBoard.ts"
import type { Settings } from "./settings.ts"
import { logAddresses, step } from "./startupLog.ts"

const exposureWarning = (host: string) =>
  `HOST is ${host} and AUTH=none: every client that reaches this machine can do everything. Put a proxy that authenticates in ` +
  "front of it. Under names other than localhost it answers only if ALLOWED_HOSTS has them."

const runBoard = (board: Board.Any) =>
  step(
    "commands, views and automations",
    "commands, views and automations",
    Layer.build(Layer.fresh(Runtime.layer(board)))
  )

/** Takes commands over NATS; returns their address for the startup log. */
const serveCommands = Effect.fnUntraced(function* (
  board: Board.Any,
  address: ServerAddress,
  { rejectionsPerMinute }: Settings
) {
  yield* step(
    "commands over NATS",
    "commands over NATS",
    Layer.build(CommandService.layer(board, { address, rejectionsPerMinute }))
  )
  return {
    "NATS requests": `${Subject.commandSubject(board, { name: "<command>" })}, as nats micro info ${board.name} lists them`
  }
})

/** Runs the chosen board and serves it over HTTP, and its commands over NATS. Never succeeds; fails when the connection to NATS is lost for good. */
export const serveBoard = Effect.fnUntraced(function* (
  { address, dataDir, natsAddresses, isEmbedded, live, services }: Infrastructure,
  config: Settings,
  authentication: Authentication | undefined
) {
  const { app } = config
  const { board } = app
  const running = yield* runBoard(board).pipe(Effect.provide(services))
  if (isEmbedded && app.seeds) {
    yield* seedBoard(app.seeds, config.seeds, dataDir).pipe(Effect.provide(running), Effect.provide(services))
  }
  const options = { ...config, ...projectHttpOptions(app, live), authentication }
  const { url } = yield* step("HTTP", "HTTP", Http.start(board, options)).pipe(
    Effect.provide(running),
    Effect.provide(services)
  )
  const requestAddress =
    address && config.natsCommands
      ? yield* serveCommands(board, address, config).pipe(Effect.provide(running), Effect.provide(services))
      : {}
  const hasPages = yield* buildProjectPages
  if (isExposed(config.host) && !authentication) yield* Console.error(`  ! ${exposureWarning(config.host)}`)
  yield* logAddresses({
    ...(hasPages && { wall: `${url}/` }),
    ...(hasPages && authentication && { "sign in": `${url}/sign-in` }),
    ...(hasPages && live && { live: `${url}/live` }),
    API: url,
    docs: `${url}/docs`,
    OpenAPI: `${url}/openapi.json`,
    health: `${url}/health/ready`,
    ...natsAddresses,
    ...requestAddress
  })
  return yield* Context.get(services, Connection).lost
})
