import { assert, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { clinic } from "#test/boards/clinicBoard.ts"
import { natsBackend, runningBoard } from "#test/support/backends.ts"
import { ServedBoard, servedBoard } from "#test/support/servedBoard.ts"

const served = servedBoard(clinic).pipe(Layer.provideMerge(runningBoard(clinic, natsBackend)))

let last = 0

/** An appointment of a new patient with a new doctor: the event, its copy and a check. */
const appointment = Effect.gen(function* () {
  const { put } = yield* ServedBoard
  const [doctor, patient] = [{ id: `d${++last}` }, { id: `p${last}` }]
  yield* put("/hire-doctor", { data: { doctor } })
  yield* put("/take-policy", { data: { patient } })
  const { body } = yield* put("/make-appointment", { data: { doctor, patient, hour: 9 } })
  const streams = [`doctor-hour/${doctor.id}_9`, `day-of-the-patient/${patient.id}`] as const
  return { position: body.facts[0].position as number, id: body.facts[0].id as string, streams }
})

layer(served, { excludeTestServices: true })("Over HTTP", (it) => {
  it.effect("an event names all event streams in which it is found, and each of them has it", () =>
    Effect.gen(function* () {
      const { call } = yield* ServedBoard
      const { id, streams, position } = yield* appointment
      const { body: original } = yield* call(`/facts/${position}`)
      assert.deepStrictEqual([original.foundin, original.copyof], [streams, undefined])
      const [own] = (yield* call(`/facts?place=${streams[0]}`)).body.facts
      assert.deepStrictEqual(own, original)
      const [copy] = (yield* call(`/facts?place=${streams[1]}`)).body.facts
      assert.deepStrictEqual([copy.foundin, copy.copyof, copy.position], [streams, id, position + 1])
      const byId = (yield* call(`/facts?id=${id}&before=${copy.position}`)).body.facts
      assert.deepStrictEqual(byId, [original])
    })
  )

  it.effect("views and counts have an event once", () =>
    Effect.gen(function* () {
      const { call } = yield* ServedBoard
      const before = (yield* call("/operations")).body.facts.AppointmentMade.count
      const { position, streams } = yield* appointment
      const [doctor = ""] = streams[0].slice("doctor-hour/".length).split("_")
      const { body } = yield* call(`/agenda/${doctor}?after=${position}`)
      assert.lengthOf(body.patients, 1)
      const newest = (yield* call("/operations")).body.position
      const { facts, unknown } = (yield* call(`/operations/at/${newest}`)).body
      assert.deepStrictEqual([facts.AppointmentMade.count, unknown], [before + 1, {}])
    })
  )

  it.effect("a copy and a check are in no list of events, and neither is said to be unreadable, or can be voided", () =>
    Effect.gen(function* () {
      const { call } = yield* ServedBoard
      const { position } = yield* appointment
      const { body: check } = yield* call(`/facts/${position + 2}`)
      assert.deepStrictEqual([check.check, check.natssubject, check.unknown], [true, "clinic.@check", undefined])
      const { facts } = (yield* call("/facts?limit=3")).body
      assert.deepStrictEqual(
        facts.map(({ type }: any) => type),
        ["AppointmentMade", "PolicyTaken", "DoctorHired"]
      )
      const voided = yield* call(`/operations/void/${position + 2}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ reason: "a test", by: "test" })
      })
      assert.deepStrictEqual([voided.status, voided.body.code], [404, "NoSuchPosition"])
    })
  )
})
