import { Schema } from "effect"
import { Course, Student } from "../values.ts"

/** The student has one of the course's seats. */
export class StudentSubscribedToCourse extends Schema.TaggedClass<StudentSubscribedToCourse>()(
  "StudentSubscribedToCourse",
  { course: Course, student: Student }
) {}
