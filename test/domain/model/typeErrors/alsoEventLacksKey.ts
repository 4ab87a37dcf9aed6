import { Lane } from "#domain/model/index.ts"
import { CourseBoundary, Enrolled, SeatTaken, StudentBoundary } from "./parts.ts"

export const wrong = Lane.make({
  title: "Enrolment",
  name: "enrolment",
  prefix: "enrolment",
  boundary: CourseBoundary,
  also: [StudentBoundary],
  events: [Enrolled, SeatTaken],
  retention: { maxBytes: "1 GiB" }
})
