import { Schema } from "effect"
import { Command, Projection, Read } from "#domain/model/index.ts"
import { TheCourse, TheStudent } from "#examples/courses/domain/boundaries.ts"
import { CourseSeats } from "#examples/courses/domain/course/CourseSeats.ts"
import { CourseDoesNotExist } from "#examples/courses/domain/course/rejections.ts"
import { StudentSubscribedToCourse } from "#examples/courses/domain/subscription/StudentSubscribedToCourse.ts"
import { Course, Student } from "#examples/courses/domain/values.ts"

export class CourseFullyBooked extends Schema.TaggedClass<CourseFullyBooked>()(
  "CourseFullyBooked",
  { course: Course },
  { description: "Each seat of this course is taken. Choose another course." }
) {}

export class StudentAlreadySubscribed extends Schema.TaggedClass<StudentAlreadySubscribed>()(
  "StudentAlreadySubscribed",
  { course: Course, student: Student },
  { description: "The student is subscribed to this course already." }
) {}

export class TooManyCourses extends Schema.TaggedClass<TooManyCourses>()(
  "TooManyCourses",
  { student: Student },
  { description: "The student is subscribed to five courses already, and may not have more." }
) {}

const maxCourses = 5

const Subscriptions = Projection.make({
  name: "Subscriptions",
  reads: [StudentSubscribedToCourse],
  state: Schema.Array(Course),
  initial: [],
  evolve: { StudentSubscribedToCourse: (courses, { course }) => [...courses, course] }
})

export const SubscribeStudentToCourse = Command.make({
  name: "SubscribeStudentToCourse",
  input: Schema.Struct({ course: Course, student: Student }),
  guards: { seats: Read.one(CourseSeats, TheCourse), courses: Read.one(Subscriptions, TheStudent) },
  emits: [StudentSubscribedToCourse],
  rejects: [CourseDoesNotExist, CourseFullyBooked, StudentAlreadySubscribed, TooManyCourses],
  decide: ({ courses, seats: { capacity, subscriptions } }, { course, student }) => {
    if (capacity === undefined) return new CourseDoesNotExist({ course })
    if (subscriptions >= capacity) return new CourseFullyBooked({ course })
    if (courses.some(({ id }) => id === course.id)) return new StudentAlreadySubscribed({ course, student })
    if (courses.length >= maxCourses) return new TooManyCourses({ student })
    return [new StudentSubscribedToCourse({ course, student })]
  }
})
