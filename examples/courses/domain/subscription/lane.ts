import { Lane } from "#domain/model/index.ts"
import { TheCourse, TheStudent } from "../boundaries.ts"
import { StudentSubscribedToCourse } from "./StudentSubscribedToCourse.ts"

/** Subscriptions. Each takes a seat of its course, and is one of its student's courses. */
export const Subscriptions = Lane.make({
  title: "Subscriptions",
  name: "course-subscriptions",
  prefix: "subscription",
  boundary: TheCourse,
  also: [TheStudent],
  events: [StudentSubscribedToCourse],
  retention: { maxBytes: "256 MiB" }
})
