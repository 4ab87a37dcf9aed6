import { Schema } from "effect"
import { Command, Read } from "#domain/model/index.ts"
import { CourseBoundary, CourseFull, Enrolled, Seats, Student } from "./parts.ts"

export const wrong = Command.make({
  name: "Enrol",
  input: Schema.Struct({ student: Student }),
  guards: { seats: Read.one(Seats, CourseBoundary) },
  emits: [Enrolled],
  rejects: [CourseFull],
  decide: () => []
})
