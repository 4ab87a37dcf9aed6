import { Schema } from "effect"
import { Projection } from "#domain/model/index.ts"
import { StudentSubscribedToCourse } from "../subscription/StudentSubscribedToCourse.ts"
import { Capacity } from "../values.ts"
import { CourseCapacityChanged } from "./CourseCapacityChanged.ts"
import { CourseDefined } from "./CourseDefined.ts"

/** How many students a course accepts, and has. It has no capacity before it is defined. */
export const CourseSeats = Projection.make({
  name: "CourseSeats",
  reads: [CourseDefined, CourseCapacityChanged, StudentSubscribedToCourse],
  state: Schema.Struct({ capacity: Schema.optionalKey(Capacity), subscriptions: Schema.Int }),
  initial: { subscriptions: 0 },
  evolve: {
    CourseDefined: (seats, { capacity }) => ({ ...seats, capacity }),
    CourseCapacityChanged: (seats, { newCapacity }) => ({ ...seats, capacity: newCapacity }),
    StudentSubscribedToCourse: (seats) => ({ ...seats, subscriptions: seats.subscriptions + 1 })
  }
})
