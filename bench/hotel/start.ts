import { Effect } from "effect"
import { startApp } from "../children.ts"
import { type Environment, type Measure, make } from "../Measure.ts"
import { eventsPerStay, filledStays, oldStays } from "./filledHotels.ts"

const stayCount = 200_000
const quickStayCount = 200

const startMeasure = (options: Pick<Measure<string>, "name" | "title" | "target" | "setup">) =>
  make({
    ...options,
    unit: "ms",
    concurrency: [1],
    syncs: ["always"],
    rounds: 5,
    warmUp: 0,
    count: 1,
    ours: (folder) =>
      Effect.scoped(
        Effect.map(startApp({ DATA_DIR: folder, NATS_URL: undefined }), ({ millis }) => ({ value: millis }))
      )
  })

const title = `start to ready on ${(stayCount * eventsPerStay) / 1e6} M events`
const recentStays = (environment: Environment) =>
  filledStays(environment, environment.quick ? quickStayCount : stayCount)

export const startAfterLoad = startMeasure({
  name: "start-after-rush",
  title: `${title}, all written within the last ten minutes`,
  setup: recentStays
})

export const start = startMeasure({
  name: "start",
  title,
  target: () => ({ of: "ours", most: 2_000 }),
  setup: (environment) => (environment.quick ? recentStays(environment) : oldStays(environment, stayCount))
})
