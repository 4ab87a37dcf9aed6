import { Schema } from "effect"
import { Actor, Boundary, Command, Projection, Read } from "#domain/model/index.ts"

// A small board, of which each file beside this one gets one thing wrong.

export const Course = Schema.Struct({ id: Schema.Int })
export const Student = Schema.Struct({ id: Schema.Int })
export const CourseBoundary = Boundary.make({ name: "course", key: { course: Course } })
export const StudentBoundary = Boundary.make({ name: "student", key: { student: Student } })
export const Registrar = Actor.make("Registrar")

export class Enrolled extends Schema.TaggedClass<Enrolled>()("Enrolled", { course: Course, student: Student }) {}
export class Suspended extends Schema.TaggedClass<Suspended>()("Suspended", { student: Student }) {}
export class SeatTaken extends Schema.TaggedClass<SeatTaken>()("SeatTaken", { course: Course }) {}
export class WelcomeSent extends Schema.TaggedClass<WelcomeSent>()("WelcomeSent", { student: Student }) {}
export class CourseFull extends Schema.TaggedClass<CourseFull>()("CourseFull", { course: Course }) {}

export const Seats = Projection.make({
  name: "Seats",
  reads: [Enrolled],
  state: Schema.Struct({ taken: Schema.Int }),
  initial: { taken: 0 },
  evolve: { Enrolled: ({ taken }) => ({ taken: taken + 1 }) }
})

export const Suspension = Projection.make({
  name: "Suspension",
  reads: [Suspended],
  state: Schema.Boolean,
  initial: false,
  evolve: { Suspended: () => true }
})

export const Enrol = Command.make({
  name: "Enrol",
  input: Schema.Struct({ course: Course, student: Student }),
  guards: { seats: Read.one(Seats, CourseBoundary) },
  checks: { isSuspended: Read.one(Suspension, StudentBoundary) },
  emits: [Enrolled],
  rejects: [CourseFull],
  decide: ({ isSuspended, seats: { taken } }, { course, student }) =>
    taken < 20 && !isSuspended ? [new Enrolled({ course, student })] : new CourseFull({ course })
})
