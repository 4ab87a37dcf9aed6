import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { Projection } from "#domain/model/index.ts"
import { commandStreams } from "#layers/commands/commandStreams.ts"
import { type CommandInvocation, decider } from "#layers/commands/decider.ts"
import type { LoadedStream } from "#layers/commands/stateLoader.ts"
import { Ids } from "#layers/services/Ids.ts"
import type { DomainEvent } from "#layers/services/RecordedEvent.ts"
import {
  AppointmentMade,
  clinic,
  DoctorHired,
  MakeAppointment,
  NotPossible,
  PolicyTaken
} from "#test/boards/clinicBoard.ts"
import { testMetadata } from "#test/support/libraryFixtures.ts"

const [doctor, patient, hour] = [{ id: "ada" }, { id: "joe" }, 9]
const input = { doctor, patient, hour }
const streams = Result.getOrThrow(commandStreams(clinic)(MakeAppointment, input))
const invocation: CommandInvocation = {
  command: MakeAppointment,
  input,
  streams,
  metadata: testMetadata("an appointment"),
  claims: {},
  isRepeatable: false
}

/** The event streams of the command with these events, by the name of the boundary; a position is the number of events. */
const loaded = (events: Readonly<Record<string, ReadonlyArray<DomainEvent>>>): ReadonlyArray<LoadedStream> =>
  [...streams.expected, ...streams.trusted].map((stream) => {
    const here = events[stream.id.boundary] ?? []
    const states = new Map(stream.projections.map((each) => [each, Projection.fold(each, here) as unknown]))
    return { stream, states, events: [], position: here.length, count: here.length }
  })

/** The decision, if each read of the log finds the next of these, and the last one from then on. */
const decideOn = Effect.fnUntraced(function* (...reads: ReadonlyArray<ReturnType<typeof loaded>>) {
  let count = 0
  const load = Effect.sync(() => reads[Math.min(count++, reads.length - 1)]!)
  const { decision } = yield* decider(yield* Ids).decideOn(invocation, load)
  return { decision, count }
})

const hired = [new DoctorHired({ doctor })]
const insured = { doctor: hired, "health-insurance-policy": [new PolicyTaken({ patient })] }

describe("A decision on several event streams that are read from the log", () => {
  it.effect("is a rejection only if none of them has changed until they were read again", () =>
    Effect.gen(function* () {
      // The first read is of no moment: the doctor was hired and the policy taken in between.
      const { count, decision } = yield* decideOn(loaded({ doctor: hired }), loaded(insured))
      assert.deepStrictEqual([decision, count], [[new AppointmentMade(input)], 2])
      const rejected = yield* decideOn(loaded({}), loaded({ doctor: hired }))
      assert.deepStrictEqual([rejected.decision, rejected.count], [new NotPossible({ why: "no policy" }), 3])
    }).pipe(Effect.provide(Ids.layerTest()))
  )

  it.effect("needs no second read if all but one of them are trusted", () =>
    Effect.gen(function* () {
      const [stream, other] = streams.expected
      const single = { ...streams, expected: [stream!], trusted: [other!, ...streams.trusted] }
      let count = 0
      const load = Effect.sync(() => {
        count++
        return loaded({})
      })
      const { decision } = yield* decider(yield* Ids).decideOn({ ...invocation, streams: single }, load)
      assert.deepStrictEqual([decision, count], [new NotPossible({ why: "no such doctor" }), 1])
    }).pipe(Effect.provide(Ids.layerTest()))
  )

  it.effect("needs no second read if it has events, whose append compares the versions", () =>
    Effect.gen(function* () {
      const { count, decision } = yield* decideOn(loaded(insured))
      assert.deepStrictEqual([decision, count], [[new AppointmentMade(input)], 1])
    }).pipe(Effect.provide(Ids.layerTest()))
  )
})
