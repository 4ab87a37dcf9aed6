import { Effect } from "effect"
import { asked, served } from "../children.ts"
import { hotel } from "../hotel.ts"
import { atLeast, make, type Sample, throughput, type Turn } from "../Measure.ts"
import type { Load, Loaded } from "../servers/load.ts"

type Ask = Effect.Success<ReturnType<typeof asked>>

/** More than one connection of a laptop sends in a second. */
const mostPerSecond = 30_000

const load = (ask: Ask, url: string, from: number, { concurrency, seconds }: Turn): Effect.Effect<Sample, unknown> =>
  Effect.map(ask<Loaded>({ url, connections: concurrency, from, seconds } satisfies Load), (loaded) => {
    if (loaded.failed > 0) throw new Error(`${loaded.failed} requests were not answered with a 2xx`)
    return { value: loaded.perSecond, p99: loaded.p99 }
  })

const through = (name: string, title: string, ...mode: ReadonlyArray<string>) =>
  make({
    ...throughput,
    name,
    title,
    against: "an empty HttpApi endpoint with the same payload schema",
    concurrency: [64],
    reach: () => atLeast(0.6),
    setup: (ground) =>
      Effect.gen(function* () {
        const world = yield* hotel(ground)
        const ours = yield* served("hotel", world.url, ...mode)
        const empty = yield* served("empty")
        return { ...world, ours: ours.url, empty: empty.url, ask: yield* asked("load") }
      }),
    ours: ({ ask, ours, nights }, turn) => load(ask, ours, nights.range(Math.ceil(turn.seconds * mostPerSecond)), turn),
    limit: ({ ask, empty }, turn) => load(ask, empty, 0, turn),
    settle: ({ settle }) => settle
  })

export const http = through("http", "PUT /mutation/book-room, bot and views following")
export const httpCommands = through("http-commands", "PUT /mutation/book-room, nothing following", "commands")
