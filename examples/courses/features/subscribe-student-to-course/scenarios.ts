import type { Scenario } from "#domain/model/index.ts"
import { CourseDefined } from "#examples/courses/domain/course/CourseDefined.ts"
import { CourseDoesNotExist } from "#examples/courses/domain/course/rejections.ts"
import { StudentSubscribedToCourse } from "#examples/courses/domain/subscription/StudentSubscribedToCourse.ts"
import {
  CourseFullyBooked,
  StudentAlreadySubscribed,
  type SubscribeStudentToCourse,
  TooManyCourses
} from "./SubscribeStudentToCourse.ts"

const course = { id: "c1" }
const student = { id: "s1" }

const defined = (id: string, capacity: number) => new CourseDefined({ course: { id }, capacity })
const subscribed = (studentId: string, courseId: string) =>
  new StudentSubscribedToCourse({ course: { id: courseId }, student: { id: studentId } })

export const scenarios: Scenario.Named<Scenario.OfCommand<typeof SubscribeStudentToCourse>> = {
  "Subscribe student to non-existing course": {
    given: [],
    when: { course: { id: "c0" }, student },
    then: new CourseDoesNotExist({ course: { id: "c0" } })
  },
  "Subscribe student to fully booked course": {
    given: [defined("c1", 3), subscribed("s1", "c1"), subscribed("s2", "c1"), subscribed("s3", "c1")],
    when: { course, student: { id: "s4" } },
    then: new CourseFullyBooked({ course })
  },
  "Subscribe student to the same course twice": {
    given: [defined("c1", 10), subscribed("s1", "c1")],
    when: { course, student },
    then: new StudentAlreadySubscribed({ course, student })
  },
  "Subscribe student to more than 5 courses": {
    given: [defined("c6", 10), ...["c1", "c2", "c3", "c4", "c5"].map((id) => subscribed("s1", id))],
    when: { course: { id: "c6" }, student },
    then: new TooManyCourses({ student })
  },
  "Subscribe student to course with capacity": {
    given: [defined("c1", 10)],
    when: { course, student },
    then: [subscribed("s1", "c1")]
  }
}
