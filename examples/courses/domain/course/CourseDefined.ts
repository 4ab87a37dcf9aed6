import { Schema } from "effect"
import { Capacity, Course } from "../values.ts"

/** Students may subscribe to the course. */
export class CourseDefined extends Schema.TaggedClass<CourseDefined>()("CourseDefined", {
  course: Course,
  capacity: Capacity
}) {}
