import { fileURLToPath } from "node:url"
import { Console, Context, Data, Effect, Layer, References } from "effect"
import { pageBuilder } from "./app/buildPages.ts"
import { warnOfShortage } from "./app/diskSpace.ts"
import { argumentsOf, run } from "./app/program.ts"
import { resolveServer } from "./app/resolveServer.ts"
import { seedRooms } from "./app/seedRooms.ts"
import { settings, type Settings } from "./app/settings.ts"
import { logAddresses, cliHint, embeddedCliHint, step } from "./app/startupLog.ts"
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
class InvalidBoard extends Data.TaggedError("InvalidBoard")<{ readonly violations: ReadonlyArray<string> }> {
  override get message() {
    return [`${board.title} does not hold together:`, ...this.violations.map((violation) => `    - ${violation}`)].join(
      "\n"
    )
  }
}

interface Infrastructure {
  readonly services: Context.Context<Services>
  /** Whether nobody else has anything to do with what the board stands on. */
  readonly isEmbedded: boolean
  /** Where the own server's files are. */
  readonly dataDir: string | undefined
  /** Addresses for the banner. */
  readonly natsAddresses: Readonly<Record<string, string>>
}

/** What the board stands on: memory, the server that was named, or one of our own. */
const memoryInfrastructure = step(
  "log and buckets in memory, gone when this ends",
  "memory",
  Layer.build(Memory.layer(board))
).pipe(
  Effect.map((services): Infrastructure => ({ services, isEmbedded: true, dataDir: undefined, natsAddresses: {} }))
)

const natsInfrastructure = Effect.fnUntraced(function* (
  { address, own }: Effect.Success<ReturnType<typeof resolveServer>>,
  settings: Settings
) {
  if (own) yield* warnOfShortage(board, settings.dataDir)
  const location = own ? "" : ` at ${address.servers}`
  const services: Context.Context<Services> = yield* step(
    `streams, buckets and consumers${location}`,
    `streams, buckets and consumers${location}`,
    Layer.build(Nats.layer(board, { ...address, replicas: settings.replicas }))
  )
  if (!own) {
    const natsAddresses = { NATS: address.servers, "NATS CLI": cliHint(address) }
    return { services, isEmbedded: false, dataDir: undefined, natsAddresses } satisfies Infrastructure
  }
  yield* ViewerGate.open(own.dataDir, address)
  const natsAddresses = { NATS: own.url, "NATS CLI": embeddedCliHint(own.url, settings.dataDir) }
  return { services, isEmbedded: true, dataDir: own.dataDir, natsAddresses } satisfies Infrastructure
})

/** What to say where others than this machine's users reach the hotel. */
const exposureWarning = (host: string) =>
  `HOST is ${host}: whoever reaches this machine can do everything, since there is no authentication yet. Keep it behind ` +
  "something that knows who asks. Under names other than localhost it answers only if ALLOWED_HOSTS has them."

const projectPath = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))

const page = pageBuilder(projectPath(""))

/** Builds the pages if need be; without them there is still everything else. Answers whether there are any. */
const buildPages = Effect.gen(function* () {
  const build = yield* page.build
  if (build !== undefined) {
    yield* step("page built", "the page to be built", build).pipe(
      Effect.catch(({ message }) => Console.error(`  ! ${message}`))
    )
  }
  return page.isThere()
})

/** What the scenarios' last run said, and the page. */
const httpOptions = {
  tested: {
    results: projectPath(".cache/scenarios.json"),
    code: [projectPath("src/domain"), projectPath("src/features")]
  },
  page: { folder: page.dist, paths: ["/", "/guest", "/manager"] as const }
}

/** Sets to work on a foundation. Never succeeds. */
const runBoard = Effect.fnUntraced(function* (
  { dataDir, natsAddresses, isEmbedded, services }: Infrastructure,
  config: Settings
) {
  const running = yield* step(
    "commands, views and automations",
    "commands, views and automations",
    Layer.build(Layer.fresh(Runtime.layer(board)))
  ).pipe(Effect.provide(services))
  if (isEmbedded) {
    yield* seedRooms(config.rooms, dataDir).pipe(Effect.provide(running), Effect.provide(services))
  }
  const { url } = yield* step("HTTP", "HTTP", Http.start(board, { ...config, ...httpOptions })).pipe(
    Effect.provide(running),
    Effect.provide(services)
  )
  const hasPages = yield* buildPages
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

const usage = `Usage: npm start

Runs the hotel until Ctrl-C. Everything is set by environment variables, as in: PORT=8080 npm start
README.md lists them under "Settings".`

const hotel = Effect.gen(function* () {
  yield* argumentsOf(usage, {})
  const config = yield* settings
  yield* Effect.gen(function* () {
    yield* Console.log(`${board.title}\n`)
    const violations = Laws.violations(board)
    if (violations.length > 0) return yield* new InvalidBoard({ violations })
    if (config.eventLog === "memory")
      return yield* Effect.flatMap(memoryInfrastructure, (memory) => runBoard(memory, config))
    const server = yield* resolveServer(config)
    const work = Effect.flatMap(natsInfrastructure(server, config), (infrastructure) =>
      runBoard(infrastructure, config)
    )
    // Also while all this is being set up: a server that has ended, or whose disk is full, would be waited for in vain.
    return yield* server.own ? Effect.raceFirst(work, server.own.exited) : work
  }).pipe(Effect.provideService(References.MinimumLogLevel, config.logLevel))
}).pipe(Effect.provide(Ids.layer), Effect.scoped)

// A closed terminal is a goodbye too; without this the server would be left behind.
process.once("SIGHUP", () => process.kill(process.pid, "SIGTERM"))

run({ usage, main: hotel, interrupted: 0, onClosedOutput: "end" })
