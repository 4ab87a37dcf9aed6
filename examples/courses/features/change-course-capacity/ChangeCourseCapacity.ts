import { Schema } from "effect"
import { Command, Read } from "#domain/model/index.ts"
import { TheCourse } from "#examples/courses/domain/boundaries.ts"
import { CourseCapacityChanged } from "#examples/courses/domain/course/CourseCapacityChanged.ts"
import { CourseSeats } from "#examples/courses/domain/course/CourseSeats.ts"
import { CourseDoesNotExist } from "#examples/courses/domain/course/rejections.ts"
import { Capacity, Course } from "#examples/courses/domain/values.ts"

export class CapacityUnchanged extends Schema.TaggedClass<CapacityUnchanged>()(
  "CapacityUnchanged",
  { course: Course, capacity: Capacity },
  { description: "The new capacity is the same as the current capacity." }
) {}

export class CapacityTooSmall extends Schema.TaggedClass<CapacityTooSmall>()(
  "CapacityTooSmall",
  { course: Course, subscriptions: Schema.Int },
  { description: "More students are subscribed to this course: its capacity cannot be set below their number." }
) {}

export const ChangeCourseCapacity = Command.make({
  name: "ChangeCourseCapacity",
  input: Schema.Struct({ course: Course, newCapacity: Capacity }),
  guards: { seats: Read.one(CourseSeats, TheCourse) },
  emits: [CourseCapacityChanged],
  rejects: [CourseDoesNotExist, CapacityUnchanged, CapacityTooSmall],
  decide: ({ seats: { capacity, subscriptions } }, { course, newCapacity }) => {
    if (capacity === undefined) return new CourseDoesNotExist({ course })
    if (capacity === newCapacity) return new CapacityUnchanged({ course, capacity })
    if (subscriptions > newCapacity) return new CapacityTooSmall({ course, subscriptions })
    return [new CourseCapacityChanged({ course, newCapacity })]
  }
})
