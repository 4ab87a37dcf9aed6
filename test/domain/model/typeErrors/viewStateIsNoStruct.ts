import { Schema } from "effect"
import { Projection, Slice } from "#domain/model/index.ts"
import { Course, Enrolled, Registrar } from "./parts.ts"

const Count = Projection.make({
  name: "Count",
  reads: [Enrolled],
  state: Schema.Int,
  initial: 0,
  evolve: { Enrolled: (count) => count + 1 }
})

export const wrong = Slice.view({
  title: "Count",
  rules: [],
  by: Registrar.gets("/courses/:course", "Courses"),
  shows: Count,
  key: { course: Course },
  scenarios: {}
})
