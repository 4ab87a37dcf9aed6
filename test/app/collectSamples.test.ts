import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { collectSamples } from "#app/collectSamples.ts"
import { eventCodec } from "#layers/codec/eventCodec.ts"
import { type EventSample, unreadableSamples } from "#layers/codec/sampleGate.ts"
import { Commands } from "#layers/commands/Commands.ts"
import { library } from "#test/boards/libraryBoard.ts"
import { AcceptedV1, postBefore, postNow, WriteAll } from "#test/boards/postBoards.ts"
import { memoryBackend, natsBackend, runningBoard } from "#test/support/backends.ts"

const parcel = { id: "p1" }

for (const backend of [memoryBackend, natsBackend]) {
  it.live(`samples are the first event of each shape in the log, on ${backend.name}`, () =>
    Effect.gen(function* () {
      const open = yield* backend.keep
      yield* Effect.gen(function* () {
        const { execute } = yield* Commands
        yield* execute(WriteAll, { parcel, depot: { id: "hill" } }, { actor: "Clerk" })
        yield* execute(WriteAll, { parcel: { id: "p2" }, depot: { id: "hill" } }, { actor: "Clerk" })
      }).pipe(Effect.provide(runningBoard(postBefore, { services: open })), Effect.scoped)
      const known: ReadonlyArray<EventSample> = [
        {
          dataschema: "urn:post:schema:ParcelLost:1",
          streamId: "parcel/p9",
          data: { parcel: { id: "p9" } },
          from: "log"
        },
        { dataschema: "urn:post:schema:ParcelMoved:1", streamId: "parcel/p9", data: {}, from: "scenario" }
      ]
      const { fromLog, missing, samples } = yield* collectSamples(postNow, known).pipe(
        Effect.provide(open(postNow)),
        Effect.scoped
      )
      assert.deepStrictEqual(
        fromLog.map(({ dataschema }) => dataschema.split(":").at(-2)),
        ["DepotOpened", "ParcelAccepted", "ParcelReserved", "ParcelScanned", "ParcelMoved"]
      )
      assert.deepStrictEqual(
        samples.find(({ dataschema }) => dataschema.endsWith("ParcelAccepted:1")),
        {
          dataschema: "urn:post:schema:ParcelAccepted:1",
          streamId: "parcel/p1",
          data: eventCodec(postBefore, AcceptedV1).encode(
            new AcceptedV1({ parcel, sender: "Ann Lee", weight: 500 })
          ) as never,
          from: "log"
        }
      )
      // What is known of a log stays; a scenario gives way.
      assert.deepStrictEqual(
        samples.filter(({ dataschema }) => /ParcelLost|ParcelMoved/u.test(dataschema)).map(({ streamId }) => streamId),
        ["parcel/p9", "parcel/p1"]
      )
      assert.deepStrictEqual(unreadableSamples(postNow, samples), [])
      assert.include(missing, "urn:post:schema:ParcelAccepted:3")
    }).pipe(Effect.scoped)
  )
}

it.live("an event that no log has yet gets a sample from a scenario", () =>
  Effect.gen(function* () {
    const { fromScenarios, missing } = yield* collectSamples(library, [])
    assert.isAbove(fromScenarios.length, 2)
    assert.deepStrictEqual(missing, [])
    assert.deepStrictEqual(unreadableSamples(library, fromScenarios), [])
  }).pipe(Effect.provide(memoryBackend.services(library)))
)
