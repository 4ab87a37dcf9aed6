import type { Scenario } from "#domain/model/index.ts"
import { CourseCapacityChanged } from "#examples/courses/domain/course/CourseCapacityChanged.ts"
import { CourseDefined } from "#examples/courses/domain/course/CourseDefined.ts"
import { CourseDoesNotExist } from "#examples/courses/domain/course/rejections.ts"
import { StudentSubscribedToCourse } from "#examples/courses/domain/subscription/StudentSubscribedToCourse.ts"
import { CapacityTooSmall, CapacityUnchanged, type ChangeCourseCapacity } from "./ChangeCourseCapacity.ts"

const course = { id: "c1" }
const defined = new CourseDefined({ course, capacity: 12 })

export const scenarios: Scenario.Named<Scenario.OfCommand<typeof ChangeCourseCapacity>> = {
  "Change capacity of a non-existing course": {
    given: [],
    when: { course: { id: "c0" }, newCapacity: 15 },
    then: new CourseDoesNotExist({ course: { id: "c0" } })
  },
  "Change capacity of a course to a new value": {
    given: [defined],
    when: { course, newCapacity: 15 },
    then: [new CourseCapacityChanged({ course, newCapacity: 15 })]
  },
  "Change capacity of a course to its current value": {
    given: [defined, new CourseCapacityChanged({ course, newCapacity: 15 })],
    when: { course, newCapacity: 15 },
    then: new CapacityUnchanged({ course, capacity: 15 })
  },
  "Change capacity of a course to less than its active subscriptions": {
    given: [
      defined,
      new StudentSubscribedToCourse({ course, student: { id: "s1" } }),
      new StudentSubscribedToCourse({ course, student: { id: "s2" } })
    ],
    when: { course, newCapacity: 1 },
    then: new CapacityTooSmall({ course, subscriptions: 2 })
  }
}
