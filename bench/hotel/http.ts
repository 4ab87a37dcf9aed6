import { Effect } from "effect"
import { startWorker, startServer } from "../children.ts"
import { atLeast, make, type Sample, throughput, type Turn } from "../Measure.ts"
import { openHotel } from "./hotelFixture.ts"
import type { LoadRequest, LoadResult } from "./servers/load.ts"

type SendLoad = Effect.Success<ReturnType<typeof startWorker>>

/** An upper bound of the requests per second, which sets the number of reserved room-nights. */
const maxPerSecond = 30_000

const runLoad = (
  sendLoad: SendLoad,
  url: string,
  from: number,
  { concurrency, seconds }: Turn
): Effect.Effect<Sample, unknown> =>
  Effect.map(sendLoad<LoadResult>({ url, connections: concurrency, from, seconds } satisfies LoadRequest), (loaded) => {
    if (loaded.failed > 0) throw new Error(`${loaded.failed} requests were not answered with a 2xx`)
    return { value: loaded.perSecond, p99: loaded.p99 }
  })

const httpMeasure = (name: string, title: string, ...mode: ReadonlyArray<string>) =>
  make({
    ...throughput,
    name,
    title,
    against: "an empty HttpApi endpoint with the same payload schema",
    concurrency: [64],
    target: () => atLeast(0.6),
    setup: (environment) =>
      Effect.gen(function* () {
        const world = yield* openHotel(environment)
        const ours = yield* startServer("hotel/servers/hotel", world.url, ...mode)
        const empty = yield* startServer("hotel/servers/empty")
        return { ...world, ours: ours.url, empty: empty.url, sendLoad: yield* startWorker("hotel/servers/load") }
      }),
    ours: ({ sendLoad, ours, nights }, turn) =>
      runLoad(sendLoad, ours, nights.range(Math.ceil(turn.seconds * maxPerSecond)), turn),
    baseline: ({ sendLoad, empty }, turn) => runLoad(sendLoad, empty, 0, turn),
    settle: ({ settle }) => settle
  })

export const http = httpMeasure("http", "PUT /mutation/book-room, with bot and views")
export const httpCommands = httpMeasure("http-commands", "PUT /mutation/book-room, without bot and views", "commands")
