import { Schema } from "effect"
import { Command, Read } from "#domain/model/index.ts"
import { Course, CourseBoundary, Enrolled, Seats, StudentBoundary, Suspension } from "./parts.ts"

export const wrong = Command.make({
  name: "Enrol",
  input: Schema.Struct({ course: Course }),
  guards: { seats: Read.one(Seats, CourseBoundary) },
  checks: { isSuspended: Read.one(Suspension, StudentBoundary) },
  emits: [Enrolled],
  rejects: [],
  decide: () => []
})
