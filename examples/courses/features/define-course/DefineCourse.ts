import { Schema } from "effect"
import { Command, Read } from "#domain/model/index.ts"
import { TheCourse } from "#examples/courses/domain/boundaries.ts"
import { CourseDefined } from "#examples/courses/domain/course/CourseDefined.ts"
import { CourseSeats } from "#examples/courses/domain/course/CourseSeats.ts"
import { Capacity, Course } from "#examples/courses/domain/values.ts"

export class CourseAlreadyExists extends Schema.TaggedClass<CourseAlreadyExists>()(
  "CourseAlreadyExists",
  { course: Course },
  { description: "There is a course with this id already. Give the new one another id." }
) {}

export const DefineCourse = Command.make({
  name: "DefineCourse",
  input: Schema.Struct({ course: Course, capacity: Capacity }),
  guards: { seats: Read.one(CourseSeats, TheCourse) },
  emits: [CourseDefined],
  rejects: [CourseAlreadyExists],
  decide: ({ seats }, { capacity, course }) =>
    seats.capacity === undefined ? [new CourseDefined({ course, capacity })] : new CourseAlreadyExists({ course })
})
