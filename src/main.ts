import { Console, Effect, References } from "effect"
import { authenticationOf } from "./app/accessSettings.ts"
import { natsInfrastructure, memoryInfrastructure } from "./app/infrastructure.ts"
import { livePlan } from "./app/live/livePlan.ts"
import { argumentsOf, run } from "./app/program.ts"
import { requireReadableSamples } from "./app/requireReadableSamples.ts"
import { requireValidBoard } from "./app/requireValidBoard.ts"
import { resolveServer } from "./app/resolveServer.ts"
import { serveBoard } from "./app/serveBoard.ts"
import { settings, type Settings } from "./app/settings.ts"
import { telemetryOptions } from "./app/telemetrySettings.ts"
import type { Authentication } from "./layers/http/session/sessionRoutes.ts"
import { Ids } from "./layers/services/Ids.ts"
import * as Telemetry from "./layers/telemetry/telemetry.ts"

const usage = `Usage: npm start

Runs a board until Ctrl-C: the hotel, or the one that BOARD names. Environment variables configure it, as in: PORT=8080 npm start
docs/settings.md lists them.`

const runInMemory = (config: Settings, authentication: Authentication | undefined) =>
  livePlan(config.app.board, config).pipe(
    Effect.andThen(memoryInfrastructure(config.app.board)),
    Effect.flatMap((infrastructure) => serveBoard(infrastructure, config, authentication))
  )

const runOnNats = Effect.fnUntraced(function* (config: Settings, authentication: Authentication | undefined) {
  const { board } = config.app
  const live = yield* livePlan(board, config)
  const server = yield* resolveServer(config, live?.access)
  const serve = Effect.flatMap(natsInfrastructure(board, server, config, live), (infrastructure) =>
    serveBoard(infrastructure, config, authentication)
  )
  // Includes the setup, which would otherwise wait forever for a server that has ended or whose disk is full.
  return yield* server.own ? Effect.raceFirst(serve, server.own.exited) : serve
})

const start = Effect.fnUntraced(function* (config: Settings) {
  const { board } = config.app
  yield* Console.log(`${board.title}\n`)
  yield* requireValidBoard(board)
  yield* requireReadableSamples(config.app)
  // Before anything is started, which a wrong setting would end.
  const authentication = yield* authenticationOf(config.access, { ...config, board: board.name })
  return yield* config.eventLog === "memory" ? runInMemory(config, authentication) : runOnNats(config, authentication)
})

const main = Effect.gen(function* () {
  yield* argumentsOf(usage, {})
  const config = yield* settings
  yield* start(config).pipe(
    Effect.provide(Telemetry.layer(config.app.board, telemetryOptions(config.telemetry, config.app.board))),
    Effect.provideService(References.MinimumLogLevel, config.logLevel)
  )
}).pipe(Effect.provide(Ids.layer), Effect.scoped)

// Closing the terminal ends the app like SIGTERM; without this the server would keep running.
process.once("SIGHUP", () => process.kill(process.pid, "SIGTERM"))

run({ usage, main, interrupted: 0, onClosedOutput: "end" })
