import { Lane } from "#domain/model/index.ts"
import { CourseBoundary, Enrolled, Suspended } from "./parts.ts"

export const wrong = Lane.make({
  title: "Enrolment",
  name: "enrolment",
  prefix: "enrolment",
  boundary: CourseBoundary,
  events: [Enrolled, Suspended],
  retention: { maxBytes: "1 GiB" }
})
