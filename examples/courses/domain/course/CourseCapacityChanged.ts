import { Schema } from "effect"
import { Capacity, Course } from "../values.ts"

/** The course accepts another number of students. */
export class CourseCapacityChanged extends Schema.TaggedClass<CourseCapacityChanged>()("CourseCapacityChanged", {
  course: Course,
  newCapacity: Capacity
}) {}
