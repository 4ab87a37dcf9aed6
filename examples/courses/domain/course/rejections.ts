import { Schema } from "effect"
import { Course } from "../values.ts"

export class CourseDoesNotExist extends Schema.TaggedClass<CourseDoesNotExist>()(
  "CourseDoesNotExist",
  { course: Course },
  { description: "There is no course with this id. Choose one from the list of courses." }
) {}
