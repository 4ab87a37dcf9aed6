import { Command, Read } from "#domain/model/index.ts"
import { CourseBoundary, CourseFull, Enrol, Enrolled, Seats } from "./parts.ts"

export const wrong = Command.make({
  name: "Enrol",
  input: Enrol.input,
  guards: { seats: Read.one(Seats, CourseBoundary) },
  emits: [Enrolled],
  rejects: [],
  decide: (_, { course }) => new CourseFull({ course })
})
