import type { Scenario } from "#domain/model/index.ts"
import { CourseCapacityChanged } from "#examples/courses/domain/course/CourseCapacityChanged.ts"
import { CourseDefined } from "#examples/courses/domain/course/CourseDefined.ts"
import { StudentSubscribedToCourse } from "#examples/courses/domain/subscription/StudentSubscribedToCourse.ts"
import type { Courses } from "./Courses.ts"

const c1 = { id: "c1" }
const c2 = { id: "c2" }
const subscribed = new StudentSubscribedToCourse({ course: c1, student: { id: "s1" } })

export const scenarios: Scenario.Named<Scenario.OfView<typeof Courses, {}>> = {
  "each course is listed with its free seats": {
    given: [
      new CourseDefined({ course: c1, capacity: 10 }),
      new CourseDefined({ course: c2, capacity: 3 }),
      subscribed
    ],
    at: {},
    then: {
      courses: [
        { course: c1, capacity: 10, freeSeats: 9 },
        { course: c2, capacity: 3, freeSeats: 3 }
      ]
    }
  },
  "a changed capacity changes the free seats": {
    given: [
      new CourseDefined({ course: c1, capacity: 10 }),
      subscribed,
      new CourseCapacityChanged({ course: c1, newCapacity: 4 })
    ],
    at: {},
    then: { courses: [{ course: c1, capacity: 4, freeSeats: 3 }] }
  }
}
