import { fileURLToPath } from "node:url"
import { Console, Context, Data, Effect, Layer, References } from "effect"
import { pageOf } from "./app/buildPages.ts"
import { warnOfShortage } from "./app/diskSpace.ts"
import { argumentsOf, run } from "./app/program.ts"
import { natsServer } from "./app/resolveServer.ts"
import { addFirstRooms } from "./app/seedRooms.ts"
import { settings, type Settings } from "./app/settings.ts"
import { addresses, cliOn, cliOnOwn, step } from "./app/startupLog.ts"
import { Laws } from "./domain/model/index.ts"
import { hotelBooking } from "./features/hotel-booking/index.ts"
import { isExposed } from "./layers/http/checks/hosts.ts"
import * as Http from "./layers/http/server/httpServer.ts"
import * as Memory from "./layers/memory/memoryServices.ts"
import * as Nats from "./layers/nats/natsServices.ts"
import * as Runtime from "./layers/runBoard.ts"
import { Connection } from "./layers/services/Connection.ts"
import { Ids } from "./layers/services/Ids.ts"
import type { Services } from "./layers/services/Services.ts"
import * as ViewerGate from "./nats-server/viewer/ViewerGate.ts"

const board = hotelBooking

/** The board does not hold together; nothing is started with it. */
class BrokenBoard extends Data.TaggedError("BrokenBoard")<{ readonly laws: ReadonlyArray<string> }> {
  override get message() {
    return [`${board.title} does not hold together:`, ...this.laws.map((law) => `    - ${law}`)].join("\n")
  }
}

interface Foundation {
  readonly services: Context.Context<Services>
  /** Whether nobody else has anything to do with what the board stands on. */
  readonly own: boolean
  /** Where the own server's files are. */
  readonly dataDir: string | undefined
  /** Addresses for the banner. */
  readonly nats: Readonly<Record<string, string>>
}

/** What the board stands on: memory, the server that was named, or one of our own. */
const onMemory = step(
  "log and buckets in memory, gone when this ends",
  "memory",
  Layer.build(Memory.layer(board))
).pipe(Effect.map((services): Foundation => ({ services, own: true, dataDir: undefined, nats: {} })))

const onNats = Effect.fnUntraced(function* (
  { address, own }: Effect.Success<ReturnType<typeof natsServer>>,
  settings: Settings
) {
  if (own) yield* warnOfShortage(board, settings.dataDir)
  const at = own ? "" : ` at ${address.servers}`
  const services: Context.Context<Services> = yield* step(
    `streams, buckets and consumers${at}`,
    `streams, buckets and consumers${at}`,
    Layer.build(Nats.layer(board, { ...address, replicas: settings.replicas }))
  )
  if (!own) {
    const nats = { NATS: address.servers, "NATS CLI": cliOn(address) }
    return { services, own: false, dataDir: undefined, nats } satisfies Foundation
  }
  yield* ViewerGate.open(own.dataDir, address)
  const nats = { NATS: own.url, "NATS CLI": cliOnOwn(own.url, settings.dataDir) }
  return { services, own: true, dataDir: own.dataDir, nats } satisfies Foundation
})

/** What to say where others than this machine's users reach the hotel. */
const exposure = (host: string) =>
  `HOST is ${host}: whoever reaches this machine can do everything, since there is no authentication yet. Keep it behind ` +
  "something that knows who asks. Under names other than localhost it answers only if ALLOWED_HOSTS has them."

const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))

const page = pageOf(at(""))

/** Builds the pages if need be; without them there is still everything else. Answers whether there are any. */
const papered = Effect.gen(function* () {
  const build = yield* page.build
  if (build !== undefined) {
    yield* step("page built", "the page to be built", build).pipe(
      Effect.catch(({ message }) => Console.error(`  ! ${message}`))
    )
  }
  return page.isThere()
})

/** What the scenarios' last run said, and the page. */
const beside = {
  tested: { results: at(".cache/scenarios.json"), code: [at("src/domain"), at("src/features")] },
  page: { folder: page.dist, paths: ["/", "/guest", "/manager"] as const }
}

/** Sets to work on a foundation. Never succeeds. */
const atWork = Effect.fnUntraced(function* ({ dataDir, nats, own, services }: Foundation, chosen: Settings) {
  const running = yield* step(
    "commands, views and automations",
    "commands, views and automations",
    Layer.build(Layer.fresh(Runtime.layer(board)))
  ).pipe(Effect.provide(services))
  if (own) {
    yield* addFirstRooms(chosen.rooms, dataDir).pipe(Effect.provide(running), Effect.provide(services))
  }
  const { url } = yield* step("HTTP", "HTTP", Http.start(board, { ...chosen, ...beside })).pipe(
    Effect.provide(running),
    Effect.provide(services)
  )
  const hasPages = yield* papered
  if (isExposed(chosen.host)) yield* Console.error(`  ! ${exposure(chosen.host)}`)
  yield* addresses({
    ...(hasPages && { wall: `${url}/` }),
    API: url,
    docs: `${url}/docs`,
    OpenAPI: `${url}/openapi.json`,
    health: `${url}/health/ready`,
    ...nats
  })
  return yield* Context.get(services, Connection).lost
})

const usage = `Usage: npm start

Runs the hotel until Ctrl-C. Everything is set by environment variables, as in: PORT=8080 npm start
README.md lists them under "Settings".`

const hotel = Effect.gen(function* () {
  yield* argumentsOf(usage, {})
  const chosen = yield* settings
  yield* Effect.gen(function* () {
    yield* Console.log(`${board.title}\n`)
    const laws = Laws.broken(board)
    if (laws.length > 0) return yield* new BrokenBoard({ laws })
    if (chosen.eventLog === "memory") return yield* Effect.flatMap(onMemory, (memory) => atWork(memory, chosen))
    const server = yield* natsServer(chosen)
    const work = Effect.flatMap(onNats(server, chosen), (foundation) => atWork(foundation, chosen))
    // Also while all this is being set up: a server that has ended, or whose disk is full, would be waited for in vain.
    return yield* server.own ? Effect.raceFirst(work, server.own.exited) : work
  }).pipe(Effect.provideService(References.MinimumLogLevel, chosen.logLevel))
}).pipe(Effect.provide(Ids.layer), Effect.scoped)

// A closed terminal is a goodbye too; without this the server would be left behind.
process.once("SIGHUP", () => process.kill(process.pid, "SIGTERM"))

run({ usage, main: hotel, interrupted: 0, onClosedOutput: "end" })
