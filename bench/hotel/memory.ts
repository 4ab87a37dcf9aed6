import { readFile } from "node:fs/promises"
import { Effect } from "effect"
import { startApp, type App, startWorker } from "../children.ts"
import { atMost, make } from "../Measure.ts"
import { openHotel } from "./hotelFixture.ts"
import type { LoadRequest, LoadResult } from "./servers/load.ts"

const commandCount = 1_000_000
const quickCommandCount = 1000

const megabytes = (pid: number) =>
  Effect.tryPromise(async () => {
    const status = await readFile(`/proc/${pid}/status`, "utf8")
    return Number(/VmRSS:\s+(\d+) kB/u.exec(status)![1]) / 1024
  })

interface Health {
  readonly views: Readonly<Record<string, { readonly lag: number }>>
  readonly automations: Readonly<Record<string, { readonly lag: number }>>
}

/** Waits until all views and automations have caught up. */
const waitUntilIdle = ({ url }: App) =>
  Effect.tryPromise(async () => {
    const { views, automations } = (await (await fetch(`${url}/health/ready`)).json()) as Health
    return [...Object.values(views), ...Object.values(automations)].every(({ lag }) => lag === 0)
  }).pipe(Effect.delay("250 millis"), Effect.repeat({ until: (isIdle) => isIdle }), Effect.timeout("15 minutes"))

export const memory = make({
  name: "memory",
  title: "memory of the app (RSS) after 1 M commands",
  against: "itself after 100 k; flat",
  unit: "MB",
  concurrency: [64],
  syncs: ["2m"],
  rounds: 1,
  warmUp: 0,
  count: 1,
  target: () => atMost(1.2),
  setup: (environment) =>
    Effect.gen(function* () {
      const world = yield* openHotel(environment)
      const total = environment.quick ? quickCommandCount : commandCount
      const running = yield* startApp({ NATS_URL: world.url })
      const sendLoad = yield* startWorker("hotel/servers/load")
      const memoryAfter = Effect.fnUntraced(function* (amount: number) {
        const load: LoadRequest = { url: running.url, connections: 64, from: world.nights.range(amount), amount }
        const { failed } = yield* sendLoad<LoadResult>(load)
        if (failed > 0) throw new Error(`${failed} of ${amount} requests were not answered with a 2xx`)
        yield* waitUntilIdle(running)
        return yield* megabytes(running.pid)
      })
      const idleMegabytes = yield* Effect.delay(megabytes(running.pid), "1 second")
      const tenthMegabytes = yield* memoryAfter(total / 10)
      return { rest: idleMegabytes, tenth: tenthMegabytes, whole: yield* memoryAfter((total / 10) * 9) }
    }),
  ours: ({ rest, whole }) => Effect.succeed({ value: whole, note: `${Math.round(rest)} MB before the first command` }),
  baseline: ({ tenth }) => Effect.succeed({ value: tenth })
})
