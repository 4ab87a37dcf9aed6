import { Schema } from "effect"
import { Actor, Board, Boundary, Command, Lane, Projection, Read, Slice } from "#domain/model/index.ts"

// A board with a command that guards one event stream and reads two others unguarded, which later events may change; and
// with a command that returns invalid decisions.

const id = Schema.String.check(Schema.isPattern(/^[a-z0-9]{1,20}$/u))
const Course = Schema.Struct({ id })
const Student = Schema.Struct({ id })
const Campus = Schema.Struct({ id })

export class CourseOpened extends Schema.TaggedClass<CourseOpened>()("CourseOpened", {
  course: Course,
  seats: Schema.Int
}) {}
export class StudentEnrolled extends Schema.TaggedClass<StudentEnrolled>()("StudentEnrolled", {
  course: Course,
  student: Student
}) {}
export class NoteTaken extends Schema.TaggedClass<NoteTaken>()("NoteTaken", { course: Course, text: Schema.String }) {}
export class CourseClosed extends Schema.TaggedClass<CourseClosed>()("CourseClosed", { course: Course }) {}
export class StudentRegistered extends Schema.TaggedClass<StudentRegistered>()("StudentRegistered", {
  student: Student
}) {}
export class StudentSuspended extends Schema.TaggedClass<StudentSuspended>()("StudentSuspended", {
  student: Student
}) {}
export class CampusOpened extends Schema.TaggedClass<CampusOpened>()("CampusOpened", { campus: Campus }) {}
export class CampusClosed extends Schema.TaggedClass<CampusClosed>()("CampusClosed", { campus: Campus }) {}

export class NotAllowed extends Schema.TaggedClass<NotAllowed>()("NotAllowed", { why: Schema.String }) {}
export class Undeclared extends Schema.TaggedClass<Undeclared>()("Undeclared", { why: Schema.String }) {}

export const CourseBoundary = Boundary.make({ name: "course", key: { course: Course } })
export const StudentBoundary = Boundary.make({ name: "student", key: { student: Student } })
export const CampusBoundary = Boundary.make({ name: "campus", key: { campus: Campus } })

const retention = { maxBytes: "64 MiB" } as const
const lanes = [
  Lane.make({
    title: "Courses",
    name: "school-courses",
    prefix: "courses",
    boundary: CourseBoundary,
    events: [CourseOpened, StudentEnrolled, NoteTaken, CourseClosed],
    retention
  }),
  Lane.make({
    title: "Students",
    name: "school-students",
    prefix: "students",
    boundary: StudentBoundary,
    events: [StudentRegistered, StudentSuspended],
    retention
  }),
  Lane.make({
    title: "Campuses",
    name: "school-campuses",
    prefix: "campuses",
    boundary: CampusBoundary,
    events: [CampusOpened, CampusClosed],
    retention
  })
]

const Membership = Projection.make({
  name: "Membership",
  reads: [StudentRegistered, StudentSuspended],
  state: Schema.Boolean,
  initial: false,
  evolve: { StudentRegistered: () => true, StudentSuspended: () => false }
})

const Opening = Projection.make({
  name: "Opening",
  reads: [CampusOpened, CampusClosed],
  state: Schema.Boolean,
  initial: false,
  evolve: { CampusOpened: () => true, CampusClosed: () => false }
})

const Seats = Projection.make({
  name: "Seats",
  reads: [CourseOpened, StudentEnrolled],
  state: Schema.Int,
  initial: 0,
  evolve: { CourseOpened: (_, { seats }) => seats, StudentEnrolled: (free) => free - 1 }
})

/** Takes a seat each time. Guards the course; the campus and the student are trusted. */
export const Enrol = Command.make({
  name: "Enrol",
  input: Schema.Struct({ campus: Campus, course: Course, student: Student }),
  guards: { free: Read.one(Seats, CourseBoundary) },
  trusts: { isOpen: Read.one(Opening, CampusBoundary), isKnown: Read.one(Membership, StudentBoundary) },
  emits: [StudentEnrolled],
  rejects: [NotAllowed],
  decide: ({ free, isKnown, isOpen }, { course, student }) => {
    if (!isOpen) return new NotAllowed({ why: "campus" })
    if (!isKnown) return new NotAllowed({ why: "student" })
    return free > 0 ? [new StudentEnrolled({ course, student })] : new NotAllowed({ why: "full" })
  }
})

export const Register = Command.make({
  name: "Register",
  input: Schema.Struct({ student: Student }),
  guards: { state: Read.one(Membership, StudentBoundary) },
  emits: [StudentRegistered],
  rejects: [],
  decide: ({ state: known }, { student }) => (known ? [] : [new StudentRegistered({ student })])
})

export const Suspend = Command.make({
  name: "Suspend",
  input: Schema.Struct({ student: Student }),
  guards: { state: Read.one(Membership, StudentBoundary) },
  emits: [StudentSuspended],
  rejects: [NotAllowed],
  decide: ({ state: known }, { student }) =>
    known ? [new StudentSuspended({ student })] : new NotAllowed({ why: "unknown" })
})

export const OpenCampus = Command.make({
  name: "OpenCampus",
  input: Schema.Struct({ campus: Campus }),
  guards: { state: Read.one(Opening, CampusBoundary) },
  emits: [CampusOpened],
  rejects: [],
  decide: ({ state: open }, { campus }) => (open ? [] : [new CampusOpened({ campus })])
})

export const CloseCampus = Command.make({
  name: "CloseCampus",
  input: Schema.Struct({ campus: Campus }),
  guards: { state: Read.one(Opening, CampusBoundary) },
  emits: [CampusClosed],
  rejects: [],
  decide: ({ state: open }, { campus }) => (open ? [new CampusClosed({ campus })] : [])
})

const Notes = Projection.make({
  name: "Notes",
  reads: [NoteTaken],
  state: Schema.Int,
  initial: 0,
  evolve: { NoteTaken: (count) => count + 1 }
})

/** Opens the course again each time. */
export const OpenCourse = Command.make({
  name: "OpenCourse",
  input: Schema.Struct({ course: Course, seats: Schema.Int }),
  guards: { state: Read.one(Notes, CourseBoundary) },
  emits: [CourseOpened],
  rejects: [],
  decide: (_, { course, seats }) => [new CourseOpened({ course, seats })]
})

/** The note contains the number of earlier notes, so that a decision on a stale state is visible. */
export const TakeNote = Command.make({
  name: "TakeNote",
  input: Schema.Struct({ course: Course }),
  guards: { state: Read.one(Notes, CourseBoundary) },
  emits: [NoteTaken],
  rejects: [],
  decide: ({ state: count }, { course }) => [new NoteTaken({ course, text: `${count}` })]
})

/** Emits `count` notes of `length` characters, or a rejection of that length if `count` is negative. */
export const TakeNotes = Command.make({
  name: "TakeNotes",
  input: Schema.Struct({ course: Course, count: Schema.Int, length: Schema.Int }),
  guards: { state: Read.one(Notes, CourseBoundary) },
  emits: [NoteTaken],
  rejects: [NotAllowed],
  decide: (_, { count, course, length }) =>
    count < 0
      ? new NotAllowed({ why: "x".repeat(length) })
      : Array.from({ length: count }, () => new NoteTaken({ course, text: "x".repeat(length) }))
})

/** The invalid decisions of `Misbehave`. */
export const faults = [
  "another stream",
  "one of two",
  "undeclared event",
  "undeclared rejection",
  "no decision"
] as const

const badDecisions: Record<(typeof faults)[number], (course: { readonly id: string }) => unknown> = {
  "another stream": ({ id }) => [new NoteTaken({ course: { id: `${id}x` }, text: "" })],
  "one of two": (course) => [
    new NoteTaken({ course, text: "" }),
    new NoteTaken({ course: { id: `${course.id}x` }, text: "" })
  ],
  "undeclared event": (course) => [new CourseClosed({ course })],
  "undeclared rejection": () => new Undeclared({ why: "" }),
  "no decision": () => undefined
}

export const Misbehave = Command.make({
  name: "Misbehave",
  input: Schema.Struct({ course: Course, fault: Schema.Literals(faults) }),
  guards: { state: Read.one(Notes, CourseBoundary) },
  emits: [NoteTaken],
  rejects: [NotAllowed],
  decide: (_, { course, fault }) => badDecisions[fault](course) as ReadonlyArray<NoteTaken>
})

const CloseCourse = Command.make({
  name: "CloseCourse",
  input: Schema.Struct({ course: Course }),
  guards: { state: Read.one(Notes, CourseBoundary) },
  emits: [CourseClosed],
  rejects: [],
  decide: (_, { course }) => [new CourseClosed({ course })]
})

const Anybody = Actor.make("Anybody")
const course = { id: "logic" }
const student = { id: "ann" }
const campus = { id: "north" }

const commandSlice = <C extends Command.Any>(path: `/${string}`, command: C, when: Command.Input<C>, then: unknown) =>
  Slice.command({
    title: command.name,
    rules: ["it is done"],
    by: Anybody.puts(path, command.name),
    command,
    scenarios: { "it is done": { given: [], when, then: then as ReturnType<C["decide"]> } }
  })

export const school = Board.make({
  name: "school",
  title: "School",
  lanes,
  slices: [
    commandSlice("/enrol", Enrol, { campus, course, student }, new NotAllowed({ why: "campus" })),
    commandSlice("/register", Register, { student }, [new StudentRegistered({ student })]),
    commandSlice("/suspend", Suspend, { student }, new NotAllowed({ why: "unknown" })),
    commandSlice("/open-campus", OpenCampus, { campus }, [new CampusOpened({ campus })]),
    commandSlice("/close-campus", CloseCampus, { campus }, []),
    commandSlice("/open-course", OpenCourse, { course, seats: 3 }, [new CourseOpened({ course, seats: 3 })]),
    commandSlice("/take-note", TakeNote, { course }, [new NoteTaken({ course, text: "0" })]),
    commandSlice("/take-notes", TakeNotes, { course, count: 1, length: 1 }, [new NoteTaken({ course, text: "x" })]),
    commandSlice("/close-course", CloseCourse, { course }, [new CourseClosed({ course })]),
    commandSlice("/misbehave", Misbehave, { course, fault: "one of two" }, [])
  ],
  log: { maxBytes: "256 MiB", duplicateWindow: "2 minutes" },
  audit: { maxBytes: "64 MiB" }
})

let last = 0

/** An unused id, so that tests can share one log. */
export const freshId = () => ({ id: `n${(last++).toString(36)}` })
