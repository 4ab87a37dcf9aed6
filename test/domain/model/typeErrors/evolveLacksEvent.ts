import { Schema } from "effect"
import { Projection } from "#domain/model/index.ts"
import { Enrolled, Suspended } from "./parts.ts"

export const wrong = Projection.make({
  name: "Seats",
  reads: [Enrolled, Suspended],
  state: Schema.Struct({ taken: Schema.Int }),
  initial: { taken: 0 },
  evolve: { Enrolled: ({ taken }) => ({ taken: taken + 1 }) }
})
