import { Slice } from "#domain/model/index.ts"
import { actsFor, Learner, Teacher } from "#examples/courses/domain/actors.ts"
import { Student } from "#examples/courses/domain/values.ts"
import { scenarios } from "./scenarios.ts"
import { StudentCourses } from "./StudentCourses.ts"

export const studentCourses = Slice.view({
  title: "Student looks at their courses",
  rules: ["a student has the courses of their subscriptions"],
  by: Learner.gets("/students/:student/courses", "My courses", { also: [Teacher] }),
  shows: StudentCourses,
  key: { student: Student },
  sees: (caller, courses, key) => (actsFor(caller, key) ? courses : undefined),
  scenarios
})
