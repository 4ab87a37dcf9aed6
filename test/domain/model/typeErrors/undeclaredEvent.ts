import { Command, Read } from "#domain/model/index.ts"
import { CourseBoundary, Enrol, Enrolled, Seats, Suspended } from "./parts.ts"

export const wrong = Command.make({
  name: "Enrol",
  input: Enrol.input,
  guards: { seats: Read.one(Seats, CourseBoundary) },
  emits: [Enrolled],
  rejects: [],
  decide: (_, { student }) => [new Suspended({ student })]
})
