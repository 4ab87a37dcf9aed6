import { Schema } from "effect"
import { Projection } from "#domain/model/index.ts"
import { Enrolled } from "./parts.ts"

export const wrong = Projection.make({
  name: "Seats",
  reads: [Enrolled],
  state: Schema.Struct({ taken: Schema.Int }),
  initial: {},
  evolve: { Enrolled: ({ taken }) => ({ taken: taken + 1 }) }
})
