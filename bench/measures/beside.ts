import { readFile } from "node:fs/promises"
import { Effect } from "effect"
import { app, asked } from "../children.ts"
import { rooms } from "../hotel.ts"
import { atLeast, atMost, type Ground, make, type Sample, type Turn } from "../Measure.ts"
import { Nights } from "../nights.ts"
import type { Load, Loaded } from "../servers/load.ts"
import type { Answers, Beside } from "../servers/readers.ts"
import { factsOfStay } from "../stores.ts"

/** Events that stand in the log. */
const events = 50_000

/** Bookings of the first nights are in the log already; measures share it, so each books nights of its own. */
let firstFree = 50_000
const nightsOfOne = 150_000
const mostPerSecond = 4_000

const settleMillis = 1_000

const megabytes = (pid: number) =>
  Effect.tryPromise(async () => {
    const status = await readFile(`/proc/${pid}/status`, "utf8")
    return Number(/VmRSS:\s+(\d+) kB/u.exec(status)![1]) / 1024
  })

/** The app on a log with so many events, a client that sends commands, and one that reads. */
const world = Effect.fnUntraced(function* (ground: Ground) {
  const scale = ground.quick ? 100 : 1
  const nights = new Nights(firstFree, rooms)
  firstFree += nightsOfOne
  const { url } = yield* ground.server(yield* ground.stores.stays(events / factsOfStay / scale))
  const running = yield* app({ NATS_URL: url, LISTENERS_PER_ADDRESS: "1000" })
  yield* Effect.tryPromise(() => fetch(`${running.url}/operations`).then((answer) => answer.text()))
  return {
    ...running,
    newest: events / scale,
    nights,
    send: yield* asked("load"),
    read: yield* asked("readers")
  }
})
type World = Effect.Success<ReturnType<typeof world>>

const commands = ({ nights, send, url }: World, connections: number, seconds: number) =>
  Effect.map(
    send<Loaded>({ url, connections, seconds, from: nights.range(Math.ceil(seconds * mostPerSecond)) } satisfies Load),
    (loaded) => {
      if (loaded.perSecond === 0) throw new Error(`no command was answered in ${seconds} s`)
      if (loaded.failed > 0) throw new Error(`${loaded.failed} commands were not answered with a 2xx`)
      return loaded
    }
  )

/** Commands while something else goes on; its answers are told in the note. */
const beside = Effect.fnUntraced(function* (world: World, what: Beside, connections: number, seconds: number) {
  const before = yield* megabytes(world.pid)
  const begun = yield* world.read<Answers>(what)
  yield* Effect.sleep(settleMillis)
  const loaded = yield* commands(world, connections, seconds)
  const answers = { ...begun, ...(yield* world.read<Answers>({ stop: true } satisfies Beside)) }
  const grown = Math.round((yield* megabytes(world.pid)) - before)
  const told = Object.entries(answers).map(([status, count]) => `${count} × ${status}`)
  return { loaded, note: `${told.join(", ") || "no answer"}; memory ${grown < 0 ? "" : "+"}${grown} MB` }
})

/** What is expensive to read, with the paths that are asked for in turn. */
const expensive: Readonly<Record<string, (newest: number) => ReadonlyArray<string>>> = {
  why: (newest) => [`/facts/${Math.floor(newest / 2)}/why`, `/facts/${Math.floor(newest / 5)}/why`],
  correlation: () => ["/facts?correlation=nothing-has-it", "/facts?correlation=1_1900-01-03"],
  then: (newest) => [`/views/booking?at=${newest - 5}`],
  list: () => ["/views/booking?limit=5000"],
  counts: (newest) => [`/operations/at/${newest - 1}`, `/operations/at/${Math.floor(newest / 3)}`],
  facts: () => ["/facts?limit=500"]
}

const clients = 64
/** For a p50 of single commands: the load of the machine changes within less. */
const longTurn = 3

const besideReads = (what: string) =>
  make({
    name: `beside-${what}`,
    title: `p50 of a command beside ${clients} clients on ${expensive[what]!(1_000)[0]}`,
    against: "the same command alone",
    unit: "ms",
    concurrency: [1],
    syncs: ["2m"],
    rounds: 3,
    warmUp: 0,
    reach: () => atMost(5),
    setup: world,
    ours: (world, turn: Turn): Effect.Effect<Sample, unknown> =>
      Effect.map(
        beside(
          world,
          { url: world.url, read: expensive[what]!(world.newest), clients },
          1,
          Math.max(turn.seconds, longTurn)
        ),
        ({ loaded, note }) => ({ value: Math.max(loaded.p50, 1), p99: loaded.p99, note })
      ),
    limit: (world, turn) =>
      Effect.map(commands(world, 1, Math.max(turn.seconds, longTurn)), ({ p50, p99 }) => ({
        value: Math.max(p50, 1),
        p99
      }))
  })

const listeners = 1_000

export const besideListeners = make({
  name: "beside-listeners",
  title: `PUT /mutation/book-room, with ${listeners} listeners on /events`,
  against: "the same without",
  unit: "/s",
  concurrency: [64],
  syncs: ["2m"],
  rounds: 3,
  warmUp: 0,
  reach: () => atLeast(0.8),
  setup: world,
  ours: (world, { concurrency, seconds }) =>
    Effect.map(
      beside(world, { url: world.url, listeners: listeners }, concurrency, Math.max(seconds, 2)),
      ({ loaded, note }) => ({ value: loaded.perSecond, p99: loaded.p99, note })
    ),
  limit: (world, { concurrency, seconds }) =>
    Effect.map(commands(world, concurrency, Math.max(seconds, 2)), ({ p99, perSecond }) => ({ value: perSecond, p99 }))
})

export const besideAll = [...Object.keys(expensive).map(besideReads), besideListeners]
