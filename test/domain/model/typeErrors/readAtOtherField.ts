import { Schema } from "effect"
import { Command, Read } from "#domain/model/index.ts"
import { Course, CourseBoundary, Enrolled, Seats, Student } from "./parts.ts"

export const wrong = Command.make({
  name: "Move",
  input: Schema.Struct({ newCourse: Course, student: Student }),
  guards: { seats: Read.at(Seats, CourseBoundary, { course: "oldCourse" }) },
  emits: [Enrolled],
  rejects: [],
  decide: () => []
})
