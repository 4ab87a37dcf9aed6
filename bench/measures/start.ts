import { Effect } from "effect"
import { app } from "../children.ts"
import { type Ground, type Measure, make } from "../Measure.ts"
import { factsOfStay } from "../stores.ts"

const stays = 200_000
const few = 200

const started = (about: Pick<Measure<string>, "name" | "title" | "reach" | "setup">) =>
  make({
    ...about,
    unit: "ms",
    concurrency: [1],
    syncs: ["always"],
    rounds: 5,
    warmUp: 0,
    count: 1,
    ours: (folder) =>
      Effect.scoped(Effect.map(app({ DATA_DIR: folder, NATS_URL: "" }), ({ millis }) => ({ value: millis })))
  })

const title = `start to ready on ${(stays * factsOfStay) / 1e6} M facts`
const recent = ({ quick, stores }: Ground) => stores.stays(quick ? few : stays)

export const startAfterRush = started({
  name: "start-after-rush",
  title: `${title}, all of the last ten minutes`,
  setup: recent
})

export const start = started({
  name: "start",
  title,
  reach: () => ({ of: "ours", most: 2_000 }),
  setup: (ground) => (ground.quick ? recent(ground) : ground.stores.oldStays(stays))
})
