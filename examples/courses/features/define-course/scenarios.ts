import type { Scenario } from "#domain/model/index.ts"
import { CourseDefined } from "#examples/courses/domain/course/CourseDefined.ts"
import { CourseAlreadyExists, type DefineCourse } from "./DefineCourse.ts"

const course = { id: "c1" }

export const scenarios: Scenario.Named<Scenario.OfCommand<typeof DefineCourse>> = {
  "Define course with existing id": {
    given: [new CourseDefined({ course, capacity: 10 })],
    when: { course, capacity: 15 },
    then: new CourseAlreadyExists({ course })
  },
  "Define course with new id": {
    given: [],
    when: { course, capacity: 15 },
    then: [new CourseDefined({ course, capacity: 15 })]
  }
}
