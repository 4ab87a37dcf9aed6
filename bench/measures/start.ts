import { Effect } from "effect"
import { app } from "../children.ts"
import { make } from "../Measure.ts"
import { factsOfStay } from "../stores.ts"

const stays = 200_000
const few = 200

export const start = make({
  name: "start",
  title: `start to ready on ${(stays * factsOfStay) / 1e6} M facts`,
  unit: "ms",
  concurrency: [1],
  syncs: ["always"],
  rounds: 5,
  warmUp: 0,
  count: 1,
  reach: () => ({ of: "ours", most: 2_000 }),
  setup: ({ quick, stores }) =>
    Effect.gen(function* () {
      return yield* stores.stays(quick ? few : stays)
    }),
  ours: (folder) =>
    Effect.scoped(Effect.map(app({ DATA_DIR: folder, NATS_URL: "" }), ({ millis }) => ({ value: millis })))
})
