import { Schema } from "effect"
import { Command } from "#domain/model/index.ts"
import { Course, CourseBoundary, Seats, Suspended } from "./parts.ts"

export const wrong = Command.make({
  name: "Suspend",
  input: Schema.Struct({ course: Course }),
  guards: CourseBoundary,
  state: Seats,
  emits: [Suspended],
  rejects: [],
  decide: () => []
})
