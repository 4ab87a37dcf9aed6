import { Schema } from "effect"
import { Actor, Board, Boundary, Command, Lane, Projection, Read, Slice } from "#domain/model/index.ts"

const Course = Schema.Struct({ id: Schema.String.check(Schema.isPattern(/^[a-z0-9]{1,20}$/u)) })
const Student = Schema.Struct({ id: Schema.String.check(Schema.isPattern(/^[a-z0-9]{1,20}$/u)) })

const CourseBoundary = Boundary.make({ name: "course", key: { course: Course } })
const StudentBoundary = Boundary.make({ name: "student", key: { student: Student } })

class StudentEnrolled extends Schema.TaggedClass<StudentEnrolled>()("StudentEnrolled", {
  course: Course,
  student: Student
}) {}
class CourseFull extends Schema.TaggedClass<CourseFull>()("CourseFull", { course: Course }) {}

export const Enrolments = Lane.make({
  title: "Enrolments",
  name: "school-enrolments",
  prefix: "enrolments",
  boundary: CourseBoundary,
  also: [StudentBoundary],
  events: [StudentEnrolled],
  retention: { maxBytes: "1 GiB" }
})

const Enrolled = Projection.make({
  name: "Enrolled",
  reads: [StudentEnrolled],
  state: Schema.Int,
  initial: 0,
  evolve: { StudentEnrolled: (count) => count + 1 }
})

const Enrol = Command.make({
  name: "Enrol",
  input: Schema.Struct({ course: Course, student: Student }),
  guards: { inCourse: Read.one(Enrolled, CourseBoundary), ofStudent: Read.one(Enrolled, StudentBoundary) },
  emits: [StudentEnrolled],
  rejects: [CourseFull],
  decide: ({ inCourse, ofStudent }, { course, student }) =>
    inCourse < 30 && ofStudent < 5 ? [new StudentEnrolled({ course, student })] : new CourseFull({ course })
})

const course = { id: "logic" }
const ann = { id: "ann" }

export const enrol = Slice.command({
  title: "A student enrols",
  rules: ["a course has a seat for the first"],
  by: Actor.make("Student").puts("/mutation/enrol", "Courses"),
  command: Enrol,
  scenarios: {
    "a course has a seat for the first": {
      given: [],
      when: { course, student: ann },
      then: [new StudentEnrolled({ course, student: ann })]
    }
  }
})

/** A board of the slice that CONTRIBUTING.md shows, so that it is type checked and its scenario runs. */
export const template = Board.make({
  name: "template",
  title: "The slice of CONTRIBUTING.md",
  lanes: [Enrolments],
  slices: [enrol],
  log: { maxBytes: "64 MiB" },
  audit: { maxBytes: "64 MiB" }
})
