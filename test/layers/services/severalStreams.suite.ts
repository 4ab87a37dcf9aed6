import { assert, layer } from "@effect/vitest"
import { Effect, Exit, Result } from "effect"
import { Commands } from "#layers/commands/Commands.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { AppointmentMade, clinic, HireDoctor, MakeAppointment, TakePolicy } from "#test/boards/clinicBoard.ts"
import { type Backend, runningBoard } from "#test/support/backends.ts"
import { testMetadata } from "#test/support/libraryFixtures.ts"

let last = 0
const fresh = (prefix: string) => ({ id: `${prefix}${++last}` })
const desk = { actor: "Desk" }

/** A patient with a policy and a doctor, and the event streams of their appointment at 9: guarded, guarded and checked. */
const prepared = Effect.gen(function* () {
  const { execute } = yield* Commands
  const log = yield* EventLog
  const [doctor, patient] = [fresh("d"), fresh("p")]
  yield* execute(HireDoctor, { doctor }, desk)
  yield* execute(TakePolicy, { patient }, desk)
  const streamIds = [
    { boundary: "doctor-hour", key: `${doctor.id}_9` },
    { boundary: "day-of-the-patient", key: patient.id },
    { boundary: "health-insurance-policy", key: patient.id }
  ]
  const expected = (yield* log.readAll(streamIds)).map((version, n) => ({ streamId: streamIds[n]!, version }))
  return { log, expected, event: new AppointmentMade({ doctor, patient, hour: 9 }), doctor, patient }
})

/** The guarantees of appends and commands on several event streams. */
export const severalStreams = (backend: Backend) =>
  layer(runningBoard(clinic, backend), { excludeTestServices: true })(`Several streams on ${backend.name}`, (it) => {
    it.effect("an append stores nothing if any of them has changed, also one that is only checked", () =>
      Effect.gen(function* () {
        const { event, expected, log } = yield* prepared
        for (const [n, { streamId, version }] of expected.entries()) {
          const stale = expected.with(n, { streamId, version: { ...version, position: version.position + 1 } })
          const exit = yield* Effect.exit(log.append(stale, [event], testMetadata(`stale ${n} of ${streamId.key}`)))
          assert.isTrue(Exit.isFailure(exit), streamId.boundary)
        }
        const now = yield* log.readAll(expected.map(({ streamId }) => streamId))
        assert.deepStrictEqual(
          now.map(({ position }) => position),
          expected.map(({ version }) => version.position)
        )
        const stored = yield* log.append(expected, [event], testMetadata(`current ${expected[0]!.streamId.key}`))
        assert.deepStrictEqual(
          stored.map(({ copyOf, streamId, streamRevision }) => [streamId, streamRevision, copyOf !== undefined]),
          [
            [`doctor-hour/${event.doctor.id}_9`, 1, false],
            [`day-of-the-patient/${event.patient.id}`, 1, true]
          ]
        )
      })
    )

    it.effect("any number of concurrent commands keep the rule of each", () =>
      Effect.gen(function* () {
        const { execute } = yield* Commands
        const { log, doctor, patient } = yield* prepared
        const others = yield* Effect.replicateEffect(prepared, 4)
        const inputs = [patient, ...others.map((other) => other.patient)].flatMap((patient) =>
          [doctor, ...others.map((other) => other.doctor)].map((doctor) => ({ doctor, patient, hour: 10 }))
        )
        const outcomes = yield* Effect.forEach(
          inputs,
          (input) => Effect.result(execute(MakeAppointment, input, desk)),
          {
            concurrency: "unbounded"
          }
        )
        // Five patients want five doctors at one hour: one appointment for each doctor, at most two for each patient.
        const accepted = inputs.filter((_, n) => Result.isSuccess(outcomes[n]!))
        const mostOf = (key: (input: (typeof inputs)[number]) => string) =>
          Math.max(
            ...Map.groupBy(accepted, key)
              .values()
              .map(({ length }) => length)
          )
        assert.isAtMost(
          mostOf(({ doctor }) => doctor.id),
          1
        )
        assert.isAtMost(
          mostOf(({ patient }) => patient.id),
          2
        )
        assert.isAtLeast(accepted.length, 3)
        const { count } = yield* log.read({ boundary: "day-of-the-patient", key: patient.id })
        assert.strictEqual(count, accepted.filter((input) => input.patient === patient).length)
      })
    )
  })
