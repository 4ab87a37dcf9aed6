import { readFile } from "node:fs/promises"
import { Effect } from "effect"
import { app, type App, asked } from "../children.ts"
import { hotel } from "../hotel.ts"
import { atMost, make } from "../Measure.ts"
import type { Load, Loaded } from "../servers/load.ts"

const commands = 1_000_000
const few = 1000

const megabytes = (pid: number) =>
  Effect.tryPromise(async () => {
    const status = await readFile(`/proc/${pid}/status`, "utf8")
    return Number(/VmRSS:\s+(\d+) kB/u.exec(status)![1]) / 1024
  })

interface Health {
  readonly views: Readonly<Record<string, { readonly lag: number }>>
  readonly automations: Readonly<Record<string, { readonly lag: number }>>
}

/** Nothing is left to do: what follows the log has followed. */
const atRest = ({ url }: App) =>
  Effect.tryPromise(async () => {
    const { views, automations } = (await (await fetch(`${url}/health/ready`)).json()) as Health
    return [...Object.values(views), ...Object.values(automations)].every(({ lag }) => lag === 0)
  }).pipe(Effect.delay("250 millis"), Effect.repeat({ until: (rests) => rests }), Effect.timeout("15 minutes"))

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
  reach: () => atMost(1.2),
  setup: (ground) =>
    Effect.gen(function* () {
      const world = yield* hotel(ground)
      const all = ground.quick ? few : commands
      const running = yield* app({ NATS_URL: world.url })
      const ask = yield* asked("load")
      const after = Effect.fnUntraced(function* (amount: number) {
        const load: Load = { url: running.url, connections: 64, from: world.nights.range(amount), amount }
        const { failed } = yield* ask<Loaded>(load)
        if (failed > 0) throw new Error(`${failed} of ${amount} requests were not answered with a 2xx`)
        yield* atRest(running)
        return yield* megabytes(running.pid)
      })
      const rest = yield* Effect.delay(megabytes(running.pid), "1 second")
      const tenth = yield* after(all / 10)
      return { rest, tenth, whole: yield* after((all / 10) * 9) }
    }),
  ours: ({ rest, whole }) => Effect.succeed({ value: whole, note: `${Math.round(rest)} MB before the first command` }),
  limit: ({ tenth }) => Effect.succeed({ value: tenth })
})
