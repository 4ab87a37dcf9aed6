import type { Scenario } from "#domain/model/index.ts"
import { StudentSubscribedToCourse } from "#examples/courses/domain/subscription/StudentSubscribedToCourse.ts"
import type { Student } from "#examples/courses/domain/values.ts"
import type { StudentCourses } from "./StudentCourses.ts"

const student = { id: "s1" }
const subscribed = (studentId: string, courseId: string) =>
  new StudentSubscribedToCourse({ course: { id: courseId }, student: { id: studentId } })

export const scenarios: Scenario.Named<Scenario.OfView<typeof StudentCourses, { readonly student: typeof Student }>> = {
  "a student has the courses of their subscriptions": {
    given: [subscribed("s1", "c1"), subscribed("s2", "c2"), subscribed("s1", "c3")],
    at: { student },
    then: { courses: [{ id: "c1" }, { id: "c3" }] }
  }
}
