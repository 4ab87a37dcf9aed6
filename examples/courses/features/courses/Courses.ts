import { Schema } from "effect"
import { Projection } from "#domain/model/index.ts"
import { CourseCapacityChanged } from "#examples/courses/domain/course/CourseCapacityChanged.ts"
import { CourseDefined } from "#examples/courses/domain/course/CourseDefined.ts"
import { StudentSubscribedToCourse } from "#examples/courses/domain/subscription/StudentSubscribedToCourse.ts"
import { Capacity, Course } from "#examples/courses/domain/values.ts"

const CourseRow = Schema.Struct({ course: Course, capacity: Capacity, freeSeats: Schema.Int })
type CourseRow = typeof CourseRow.Type

const change = (courses: ReadonlyArray<CourseRow>, id: string, changed: (row: CourseRow) => CourseRow) => ({
  courses: courses.map((row) => (row.course.id === id ? changed(row) : row))
})

export const Courses = Projection.make({
  name: "Courses",
  reads: [CourseDefined, CourseCapacityChanged, StudentSubscribedToCourse],
  state: Schema.Struct({ courses: Schema.Array(CourseRow) }),
  initial: { courses: [] },
  evolve: {
    CourseDefined: ({ courses }, { capacity, course }) => ({
      courses: [...courses, { course, capacity, freeSeats: capacity }]
    }),
    CourseCapacityChanged: ({ courses }, { course, newCapacity }) =>
      change(courses, course.id, ({ capacity, freeSeats }) => ({
        course,
        capacity: newCapacity,
        freeSeats: freeSeats + newCapacity - capacity
      })),
    StudentSubscribedToCourse: ({ courses }, { course }) =>
      change(courses, course.id, (row) => ({ ...row, freeSeats: row.freeSeats - 1 }))
  }
})
