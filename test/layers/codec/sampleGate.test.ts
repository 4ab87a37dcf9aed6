import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { Board, Boundary, Event, Lane } from "#domain/model/index.ts"
import { dataschemaUri, eventCodec } from "#layers/codec/eventCodec.ts"
import { type EventSample, missingSamples, unreadableSamples } from "#layers/codec/sampleGate.ts"
import type { DomainEvent } from "#layers/services/RecordedEvent.ts"
import { AcceptedV1, Moved, older, ParcelAccepted, ParcelLost, postBefore, postNow } from "#test/boards/postBoards.ts"
import { anyOf } from "#test/support/arbitraries.ts"

const shapes = Board.events(postBefore)
const lanes = Board.laneOf(postBefore)

/** An event as the board of before stores it. */
const sampleOf = (event: DomainEvent): EventSample => {
  const shape = shapes.find(({ identifier }) => identifier === event._tag)!
  return {
    dataschema: dataschemaUri(postBefore, event._tag, Event.version(shape)),
    streamId: Boundary.format(Lane.streamIds(lanes.get(event._tag)!, event)[0]!),
    data: eventCodec(postBefore, shape).encode(event) as EventSample["data"],
    from: "log"
  }
}

const parcel = { id: "p1" }
const accepted = sampleOf(new AcceptedV1({ parcel, sender: "Ann Lee", weight: 5 }))

const [parcels, depots] = postNow.lanes as readonly [Lane.Any, Lane.Any]
const withParcels = (changes: Partial<Lane.Any>): Board.Any => ({
  ...postNow,
  lanes: [{ ...parcels, ...changes }, depots]
})

/** The event as it is now, and one field more, without a new version. */
class Accepted extends Schema.TaggedClass<Accepted>()(
  "ParcelAccepted",
  { ...AcceptedV1.fields, insured: Schema.Boolean },
  { version: 1 }
) {}

describe("Samples of events", () => {
  it.prop("of each older shape can be read, upcast and folded", [anyOf(shapes)], ([event]) => {
    assert.deepStrictEqual(unreadableSamples(postNow, [sampleOf(event)]), [])
  })

  it("are missing for each shape that has none", () => {
    assert.deepStrictEqual(missingSamples(postNow, [accepted]).slice(-3), [
      "urn:post:schema:ParcelScanned:1",
      "urn:post:schema:DepotOpened:2",
      "urn:post:schema:DepotOpened:1"
    ])
    assert.notInclude(missingSamples(postNow, [accepted]), "urn:post:schema:ParcelAccepted:1")
  })

  const unreadable: Readonly<Record<string, readonly [board: Board.Any, sample: EventSample, sentence: string]>> = {
    "its shape is not kept": [
      withParcels({ older: [older.acceptedV2] }),
      accepted,
      "Logs have ParcelAccepted version 1, which the board does not read: keep the class of this version, give the changed one the " +
        "next version, and declare the kept one with Event.older in older of its lane; if no command emits the event any more, " +
        "move it to retired of its lane."
    ],
    "its type is gone": [
      withParcels({ retired: [] }),
      sampleOf(new ParcelLost({ parcel })),
      "Logs have ParcelLost version 1, which the board does not read"
    ],
    "a field was added without a version": [
      withParcels({ events: [Accepted, ...parcels.events.filter((event) => event !== ParcelAccepted)], older: [] }),
      accepted,
      'Logs have ParcelAccepted version 1 as the board cannot read it: Missing key at ["insured"]'
    ],
    "its upcast throws": [
      withParcels({
        older: [
          Event.older(Moved, {
            into: [],
            upcast: () => {
              throw new Error("where to?")
            }
          })
        ]
      }),
      sampleOf(new Moved({ parcel, from: { id: "a" }, to: { id: "b" } })),
      "Logs have ParcelMoved version 1 of parcel/p1, and the upcast of ParcelMoved version 1 failed: where to?."
    ],
    "its upcast changes the key": [
      withParcels({
        older: [Event.older(AcceptedV1, { into: ParcelLost, upcast: () => new ParcelLost({ parcel: { id: "p2" } }) })]
      }),
      accepted,
      "the upcast of ParcelAccepted version 1 failed: ParcelLost would be of another event stream: let the upcast keep the key."
    ]
  }
  for (const [what, [board, sample, sentence]] of Object.entries(unreadable)) {
    it(`are refused with a sentence if ${what}`, () => {
      const found = unreadableSamples(board, [sample])
      assert.lengthOf(found, 1)
      assert.include(found[0]!.replaceAll("\n", "").replaceAll(/\s+/gu, " "), sentence)
    })
  }
})
