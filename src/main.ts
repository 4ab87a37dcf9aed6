import { Laws } from "#domain/grammar/index.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { AddRoom } from "#features/hotel-booking/add-room/AddRoom.ts"
import { Connection } from "#layers/Connection.ts"
import { EventLog } from "#layers/EventLog.ts"
import * as Http from "#layers/http/server.ts"
import { Ids } from "#layers/Ids.ts"
import * as Memory from "#layers/memory/index.ts"
import * as Nats from "#layers/nats/index.ts"
import { Commands } from "#layers/runtime/Commands.ts"
import * as Runtime from "#layers/runtime/index.ts"
import type { Services } from "#layers/Services.ts"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Cause, Console, Context, Data, Effect, Exit, Layer, References } from "effect"
import { fileURLToPath } from "node:url"
import { addresses, step } from "./banner.ts"
import { warnOfShortage } from "./disk.ts"
import { natsServer } from "./natsServer.ts"
import { pageOf } from "./page.ts"
import { settings, type Settings } from "./settings.ts"

const board = hotelBooking

/** The board does not hold together; nothing is started with it. */
class BrokenBoard extends Data.TaggedError("BrokenBoard")<{ readonly laws: ReadonlyArray<string> }> {
  override get message() {
    return [`${board.title} does not hold together:`, ...this.laws.map((law) => `    - ${law}`)].join("\n")
  }
}

/** What the board stands on: memory, the server that was named, or one of our own, which may end before us. */
const foundation = Effect.fnUntraced(function* (settings: Settings) {
  if (settings.eventLog === "memory") {
    const services: Context.Context<Services> = yield* step(
      "log and buckets in memory, gone when this ends",
      Layer.build(Memory.layer(board))
    )
    return { services, own: true, nats: undefined, lost: Effect.never }
  }
  const { own, servers } = yield* natsServer(settings)
  if (own) yield* warnOfShortage(board, settings.dataDir)
  const services: Context.Context<Services> = yield* step(
    `streams, buckets and consumers${own ? "" : ` at ${servers}`}`,
    Layer.build(Nats.layer(board, { servers, replicas: settings.replicas }))
  )
  return { services, own: own !== undefined, nats: servers, lost: own?.exited ?? Effect.never }
})

/** An own, empty hotel begins with rooms, so that there is something to book. */
const furnish = Effect.fnUntraced(function* (rooms: Settings["rooms"]) {
  const log = yield* EventLog
  const commands = yield* Commands
  if (rooms.length === 0 || (yield* log.newest()) > 0) return
  const add = Effect.forEach(
    rooms,
    (id) =>
      commands.execute(
        AddRoom,
        { room: { id } },
        { actor: "Manager", commandId: `rooms/${id}`, correlationId: "start" }
      ),
    { concurrency: 64, discard: true }
  ).pipe(Effect.catchTag("Refused", Effect.die))
  yield* step(`${rooms.length} rooms to begin with`, add)
})

const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))

const page = pageOf(at(""))

/** Builds the page if need be; without it there is still everything else. */
const papered = Effect.flatMap(page.build, (build) =>
  build === undefined
    ? Effect.void
    : step("page built", build).pipe(Effect.catch(({ message }) => Console.error(`  ! ${message}`)))
)

/** What the scenarios' last run said, and the page. */
const beside = {
  tested: { results: at(".cache/scenarios.json"), code: [at("src/domain"), at("src/features")] },
  page: { folder: page.dist, paths: ["/", "/guest", "/manager"] as const }
}

const hotel = Effect.gen(function* () {
  const chosen = yield* settings
  yield* Effect.gen(function* () {
    yield* Console.log(`${board.title}\n`)
    const laws = Laws.broken(board)
    if (laws.length > 0) return yield* new BrokenBoard({ laws })
    const { services, own, nats, lost } = yield* foundation(chosen)
    const running = yield* step(
      "commands, views and automations",
      Layer.build(Layer.fresh(Runtime.layer(board))).pipe(Effect.provide(services))
    )
    if (own) yield* Effect.provide(furnish(chosen.rooms), running).pipe(Effect.provide(services))
    const { url } = yield* step("HTTP", Http.start(board, { ...chosen, ...beside })).pipe(
      Effect.provide(running),
      Effect.provide(services)
    )
    yield* papered
    yield* addresses({
      wall: `${url}/`,
      API: url,
      docs: `${url}/docs`,
      OpenAPI: `${url}/openapi.json`,
      health: `${url}/health/ready`,
      ...(nats && { NATS: nats })
    })
    yield* Effect.raceFirst(lost, Context.get(services, Connection).lost)
  }).pipe(Effect.provideService(References.MinimumLogLevel, chosen.logLevel))
}).pipe(Effect.provide(Ids.layer), Effect.scoped)

// A closed terminal is a goodbye too; without this the server would be left behind.
process.once("SIGHUP", () => process.kill(process.pid, "SIGTERM"))

NodeRuntime.runMain(hotel.pipe(Effect.tapError(({ message }) => Console.error(`\n  ✗ ${message}`))), {
  disableErrorReporting: true,
  teardown: (exit, onExit) => onExit(Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause) ? 0 : 1)
})
