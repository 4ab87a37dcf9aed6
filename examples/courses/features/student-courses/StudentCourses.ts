import { Schema } from "effect"
import { Projection } from "#domain/model/index.ts"
import { StudentSubscribedToCourse } from "#examples/courses/domain/subscription/StudentSubscribedToCourse.ts"
import { Course } from "#examples/courses/domain/values.ts"

export const StudentCourses = Projection.make({
  name: "StudentCourses",
  reads: [StudentSubscribedToCourse],
  state: Schema.Struct({ courses: Schema.Array(Course) }),
  initial: { courses: [] },
  evolve: { StudentSubscribedToCourse: ({ courses }, { course }) => ({ courses: [...courses, course] }) }
})
