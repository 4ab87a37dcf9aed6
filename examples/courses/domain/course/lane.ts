import { Lane } from "#domain/model/index.ts"
import { TheCourse } from "../boundaries.ts"
import { CourseCapacityChanged } from "./CourseCapacityChanged.ts"
import { CourseDefined } from "./CourseDefined.ts"

/** The courses, and how many students each accepts. */
export const Courses = Lane.make({
  title: "Courses",
  name: "course-catalogue",
  prefix: "course",
  boundary: TheCourse,
  events: [CourseDefined, CourseCapacityChanged],
  retention: { maxBytes: "64 MiB" }
})
