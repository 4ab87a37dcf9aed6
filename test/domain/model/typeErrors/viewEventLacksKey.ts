import { Schema } from "effect"
import { Projection, Slice } from "#domain/model/index.ts"
import { Course, Registrar, Suspended } from "./parts.ts"

const Courses = Projection.make({
  name: "Courses",
  reads: [Suspended],
  state: Schema.Struct({ suspended: Schema.Int }),
  initial: { suspended: 0 },
  evolve: { Suspended: ({ suspended }) => ({ suspended: suspended + 1 }) }
})

export const wrong = Slice.view({
  title: "Courses",
  rules: [],
  by: Registrar.gets("/courses/:course", "Courses"),
  shows: Courses,
  key: { course: Course },
  scenarios: {}
})
