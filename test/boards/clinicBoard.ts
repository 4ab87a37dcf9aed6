import { Schema } from "effect"
import { Actor, Board, Boundary, Command, Lane, Projection, Read, Slice } from "#domain/model/index.ts"

// A board whose commands guard several event streams, check one and trust one, with a lane in two boundaries.

const id = Schema.String.check(Schema.isPattern(/^[a-z0-9]{1,20}$/u))
const Doctor = Schema.Struct({ id })
const Patient = Schema.Struct({ id })
const Hour = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 23 }))

export class DoctorHired extends Schema.TaggedClass<DoctorHired>()("DoctorHired", { doctor: Doctor }) {}
export class PolicyTaken extends Schema.TaggedClass<PolicyTaken>()("PolicyTaken", { patient: Patient }) {}
export class PolicyCancelled extends Schema.TaggedClass<PolicyCancelled>()("PolicyCancelled", { patient: Patient }) {}
export class AppointmentMade extends Schema.TaggedClass<AppointmentMade>()("AppointmentMade", {
  doctor: Doctor,
  patient: Patient,
  hour: Hour
}) {}

export class NotPossible extends Schema.TaggedClass<NotPossible>()("NotPossible", { why: Schema.String }) {}

const DoctorBoundary = Boundary.make({ name: "doctor", key: { doctor: Doctor } })
const PolicyBoundary = Boundary.make({ name: "health-insurance-policy", key: { patient: Patient } })
const DoctorHour = Boundary.make({ name: "doctor-hour", key: { doctor: Doctor, hour: Hour } })
const PatientDay = Boundary.make({ name: "day-of-the-patient", key: { patient: Patient } })

const retention = { maxBytes: "64 MiB" } as const
const lanes = [
  Lane.make({
    title: "Practice",
    name: "clinic-practice",
    prefix: "practice",
    boundary: DoctorBoundary,
    events: [DoctorHired],
    retention
  }),
  Lane.make({
    title: "Insurance",
    name: "clinic-insurance",
    prefix: "insurance",
    boundary: PolicyBoundary,
    events: [PolicyTaken, PolicyCancelled],
    retention
  }),
  Lane.make({
    title: "Appointments",
    name: "clinic-appointments",
    prefix: "appointments",
    boundary: DoctorHour,
    also: [PatientDay],
    events: [AppointmentMade],
    retention
  })
]

const Employed = Projection.make({
  name: "Employed",
  reads: [DoctorHired],
  state: Schema.Boolean,
  initial: false,
  evolve: { DoctorHired: () => true }
})

const Insured = Projection.make({
  name: "Insured",
  reads: [PolicyTaken, PolicyCancelled],
  state: Schema.Boolean,
  initial: false,
  evolve: { PolicyTaken: () => true, PolicyCancelled: () => false }
})

const Appointments = Projection.make({
  name: "Appointments",
  reads: [AppointmentMade],
  state: Schema.Int,
  initial: 0,
  evolve: { AppointmentMade: (count) => count + 1 }
})

export const HireDoctor = Command.make({
  name: "HireDoctor",
  input: Schema.Struct({ doctor: Doctor }),
  guards: { employed: Read.one(Employed, DoctorBoundary) },
  emits: [DoctorHired],
  rejects: [],
  decide: ({ employed }, { doctor }) => (employed ? [] : [new DoctorHired({ doctor })])
})

export const TakePolicy = Command.make({
  name: "TakePolicy",
  input: Schema.Struct({ patient: Patient }),
  guards: { insured: Read.one(Insured, PolicyBoundary) },
  emits: [PolicyTaken],
  rejects: [],
  decide: ({ insured }, { patient }) => (insured ? [] : [new PolicyTaken({ patient })])
})

export const CancelPolicy = Command.make({
  name: "CancelPolicy",
  input: Schema.Struct({ patient: Patient }),
  guards: { insured: Read.one(Insured, PolicyBoundary) },
  emits: [PolicyCancelled],
  rejects: [],
  decide: ({ insured }, { patient }) => (insured ? [new PolicyCancelled({ patient })] : [])
})

/** One patient for a doctor's hour, two appointments for a patient, only with a policy, which must not end meanwhile. */
export const MakeAppointment = Command.make({
  name: "MakeAppointment",
  input: Schema.Struct({ doctor: Doctor, patient: Patient, hour: Hour }),
  guards: { taken: Read.one(Appointments, DoctorHour), made: Read.one(Appointments, PatientDay) },
  checks: { insured: Read.one(Insured, PolicyBoundary) },
  trusts: { employed: Read.one(Employed, DoctorBoundary) },
  emits: [AppointmentMade],
  rejects: [NotPossible],
  decide: ({ employed, insured, made, taken }, { doctor, patient, hour }) => {
    if (!employed) return new NotPossible({ why: "no such doctor" })
    if (!insured) return new NotPossible({ why: "no policy" })
    if (taken > 0) return new NotPossible({ why: "the hour is taken" })
    if (made > 1) return new NotPossible({ why: "two appointments are enough" })
    return [new AppointmentMade({ doctor, patient, hour })]
  }
})

const Agenda = Projection.make({
  name: "Agenda",
  reads: [AppointmentMade],
  state: Schema.Struct({ patients: Schema.Array(Patient) }),
  initial: { patients: [] },
  evolve: { AppointmentMade: ({ patients }, { patient }) => ({ patients: [...patients, patient] }) }
})

const Desk = Actor.make("Desk")
const doctor = { id: "ada" }
const patient = { id: "joe" }
const hour = 9
const made = new AppointmentMade({ doctor, patient, hour })

const slice = <C extends Command.Any>(path: `/${string}`, command: C, when: Command.Input<C>, then: unknown) =>
  Slice.command({
    title: command.name,
    rules: ["it is done"],
    by: Desk.puts(path, command.name),
    command,
    scenarios: { "it is done": { given: [], when, then: then as ReturnType<C["decide"]> } }
  })

export const clinic = Board.make({
  name: "clinic",
  title: "Clinic",
  lanes,
  slices: [
    slice("/hire-doctor", HireDoctor, { doctor }, [new DoctorHired({ doctor })]),
    slice("/take-policy", TakePolicy, { patient }, [new PolicyTaken({ patient })]),
    slice("/cancel-policy", CancelPolicy, { patient }, []),
    slice("/make-appointment", MakeAppointment, { doctor, patient, hour }, new NotPossible({ why: "no such doctor" })),
    Slice.view({
      title: "The desk sees the agenda",
      rules: ["an appointment is in the agenda"],
      by: Desk.gets("/agenda/:doctor", "Agenda"),
      shows: Agenda,
      key: { doctor: Doctor },
      scenarios: {
        "an appointment is in the agenda": { given: [made], at: { doctor }, then: { patients: [patient] } }
      }
    })
  ],
  log: { maxBytes: "256 MiB", duplicateWindow: "2 minutes" },
  audit: { maxBytes: "64 MiB" }
})
