import { Slice } from "#domain/model/index.ts"
import { Learner } from "#examples/courses/domain/actors.ts"
import { Student } from "#examples/courses/domain/values.ts"
import { scenarios } from "./scenarios.ts"
import { StudentCourses } from "./StudentCourses.ts"

export const studentCourses = Slice.view({
  title: "Student looks at their courses",
  rules: ["a student has the courses of their subscriptions"],
  by: Learner.gets("/students/:student/courses", "My courses"),
  shows: StudentCourses,
  key: { student: Student },
  scenarios
})
