import { readFile } from "node:fs/promises"
import { Effect } from "effect"
import { startApp, startWorker } from "../children.ts"
import { atLeast, atMost, type Environment, make, type Sample, type Turn } from "../Measure.ts"
import type { StatusCounts, ReaderRequest } from "../servers/readers.ts"
import { eventsPerStay, filledStays } from "./filledHotels.ts"
import { roomCount } from "./hotelFixture.ts"
import { Nights } from "./nights.ts"
import type { LoadRequest, LoadResult } from "./servers/load.ts"

/** The number of events in the log. */
const eventCount = 50_000

/** The log has bookings of the first nights already, and measures share it, so each one books nights of its own. */
let nextFreeNight = 50_000
const nightsPerMeasure = 150_000
const maxPerSecond = 4_000

const settleMillis = 1_000

const megabytes = (pid: number) =>
  Effect.tryPromise(async () => {
    const status = await readFile(`/proc/${pid}/status`, "utf8")
    return Number(/VmRSS:\s+(\d+) kB/u.exec(status)![1]) / 1024
  })

/** The app on a log with `eventCount` events, a client that sends commands, and one that reads. */
const openWorld = Effect.fnUntraced(function* (environment: Environment) {
  const scale = environment.quick ? 100 : 1
  const nights = new Nights(nextFreeNight, roomCount)
  nextFreeNight += nightsPerMeasure
  const { url } = yield* environment.server(yield* filledStays(environment, eventCount / eventsPerStay / scale))
  const running = yield* startApp({ NATS_URL: url, LISTENERS_PER_ADDRESS: "1000" })
  yield* Effect.tryPromise(() => fetch(`${running.url}/operations`).then((answer) => answer.text()))
  return {
    ...running,
    newest: eventCount / scale,
    nights,
    send: yield* startWorker("hotel/servers/load"),
    read: yield* startWorker("servers/readers")
  }
})
type World = Effect.Success<ReturnType<typeof openWorld>>

const sendCommands = ({ nights, send, url }: World, connections: number, seconds: number) =>
  Effect.map(
    send<LoadResult>({
      url,
      connections,
      seconds,
      from: nights.range(Math.ceil(seconds * maxPerSecond))
    } satisfies LoadRequest),
    (loaded) => {
      if (loaded.perSecond === 0) throw new Error(`no command was answered in ${seconds} s`)
      if (loaded.failed > 0) throw new Error(`${loaded.failed} commands were not answered with a 2xx`)
      return loaded
    }
  )

/** Sends commands while readers run; the note has the readers' answers and the growth of the app's memory. */
const sendCommandsUnderLoad = Effect.fnUntraced(function* (
  world: World,
  readerRequest: ReaderRequest,
  connections: number,
  seconds: number
) {
  const before = yield* megabytes(world.pid)
  const firstAnswers = yield* world.read<StatusCounts>(readerRequest)
  yield* Effect.sleep(settleMillis)
  const loaded = yield* sendCommands(world, connections, seconds)
  const answers = { ...firstAnswers, ...(yield* world.read<StatusCounts>({ stop: true } satisfies ReaderRequest)) }
  const grownMegabytes = Math.round((yield* megabytes(world.pid)) - before)
  const statusCounts = Object.entries(answers).map(([status, count]) => `${count} × ${status}`)
  return {
    loaded,
    note: `${statusCounts.join(", ") || "no answer"}; memory ${grownMegabytes < 0 ? "" : "+"}${grownMegabytes} MB`
  }
})

/** Expensive reads by name, with the paths that are requested in turn. */
const expensive: Readonly<Record<string, (newest: number) => ReadonlyArray<string>>> = {
  why: (newest) => [`/facts/${Math.floor(newest / 2)}/why`, `/facts/${Math.floor(newest / 5)}/why`],
  correlation: () => ["/facts?correlation=nothing-has-it", "/facts?correlation=1_1900-01-03"],
  then: (newest) => [`/views/booking?at=${newest - 5}`],
  list: () => ["/views/booking?limit=5000"],
  counts: (newest) => [`/operations/at/${newest - 1}`, `/operations/at/${Math.floor(newest / 3)}`],
  facts: () => ["/facts?limit=500"]
}

const readerCount = 64
/** Long enough for a stable p50 of single commands: the machine's load varies within shorter times. */
const minTurnSeconds = 3

const measureUnderReads = (what: string) =>
  make({
    name: `beside-${what}`,
    title: `p50 of a command with ${readerCount} clients reading ${expensive[what]!(1_000)[0]}`,
    against: "the same command alone",
    unit: "ms",
    concurrency: [1],
    syncs: ["2m"],
    rounds: 3,
    warmUp: 0,
    target: () => atMost(5),
    setup: openWorld,
    ours: (world, turn: Turn): Effect.Effect<Sample, unknown> =>
      Effect.map(
        sendCommandsUnderLoad(
          world,
          { url: world.url, read: expensive[what]!(world.newest), clients: readerCount },
          1,
          Math.max(turn.seconds, minTurnSeconds)
        ),
        ({ loaded, note }) => ({ value: Math.max(loaded.p50, 1), p99: loaded.p99, note })
      ),
    baseline: (world, turn) =>
      Effect.map(sendCommands(world, 1, Math.max(turn.seconds, minTurnSeconds)), ({ p50, p99 }) => ({
        value: Math.max(p50, 1),
        p99
      }))
  })

const listenerCount = 1_000

export const measureUnderListeners = make({
  name: "beside-listeners",
  title: `PUT /mutation/book-room, with ${listenerCount} listeners on /events`,
  against: "the same without",
  unit: "/s",
  concurrency: [64],
  syncs: ["2m"],
  rounds: 3,
  warmUp: 0,
  target: () => atLeast(0.8),
  setup: openWorld,
  ours: (world, { concurrency, seconds }) =>
    Effect.map(
      sendCommandsUnderLoad(world, { url: world.url, listeners: listenerCount }, concurrency, Math.max(seconds, 2)),
      ({ loaded, note }) => ({ value: loaded.perSecond, p99: loaded.p99, note })
    ),
  baseline: (world, { concurrency, seconds }) =>
    Effect.map(sendCommands(world, concurrency, Math.max(seconds, 2)), ({ p99, perSecond }) => ({
      value: perSecond,
      p99
    }))
})

export const underLoadMeasures = [...Object.keys(expensive).map(measureUnderReads), measureUnderListeners]
