import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { type Board, Event, type Lane, Upcast, Validation } from "#domain/model/index.ts"
import {
  AcceptedV1,
  DescribeParcel,
  Moved,
  older,
  ParcelAccepted,
  ParcelArrived,
  ParcelBooked,
  ParcelLeft,
  ParcelLost,
  postBefore,
  postNow,
  Reserved,
  Scanned
} from "#test/boards/postBoards.ts"

const [parcels, depots] = postNow.lanes as readonly [Lane.Any, Lane.Any]

/** The board with one lane changed, as one that was cast. */
const withLane = (changes: Partial<Lane.Any>, lane = parcels): Board.Any => ({
  ...postNow,
  lanes: postNow.lanes.map((each) => (each === lane ? { ...lane, ...changes } : each))
})
const withOlder = (...changed: ReadonlyArray<Event.AnyOlder>) => withLane({ older: changed })
const { acceptedV1, acceptedV2, moved, reserved, scanned } = older
const others = [reserved, moved, scanned]

class Unknown extends Schema.TaggedClass<Unknown>()("Unknown", {}) {}
class AcceptedV5 extends Schema.TaggedClass<AcceptedV5>()("ParcelAccepted", AcceptedV1.fields, { version: 5 }) {}
const { story } = DescribeParcel.guards
const newestOnly = {
  ...DescribeParcel,
  guards: { story: { ...story, projection: { ...story.projection, history: "newest" } } }
}

const violatingBoards: Readonly<Record<string, readonly [board: Board.Any, sentence: string]>> = {
  "a command emits a retired event": [
    withLane({ events: parcels.events.filter((event) => event !== ParcelBooked), retired: [ParcelLost, ParcelBooked] }),
    "The command AcceptParcel emits ParcelBooked, which the lane Parcels has retired: move it back to events."
  ],
  "a version is missing": [
    withOlder(acceptedV2, ...others),
    "ParcelAccepted has version 3, but nothing reads version 1: keep its shape, and declare it with Event.older in older of the lane Parcels."
  ],
  "two shapes have one version": [
    withOlder(acceptedV1, acceptedV1, acceptedV2, ...others),
    "Two shapes of ParcelAccepted are version 1: annotate the newer one with { version: 4 }."
  ],
  "an older shape has the highest version": [
    withOlder(acceptedV1, acceptedV2, Event.older(AcceptedV5, { into: [], upcast: () => [] }), ...others),
    "ParcelAccepted has version 3, and an older shape has version 5: give ParcelAccepted the highest version."
  ],
  "an older shape becomes no event of the board": [
    withOlder(
      acceptedV1,
      acceptedV2,
      moved,
      scanned,
      Event.older(Reserved, { into: Unknown, upcast: () => new Unknown({}) })
    ),
    "ParcelReserved version 1 becomes Unknown version 1, which is no event of the board and leads to none: add that to events, retired or older of a lane."
  ],
  "an older shape becomes itself": [
    withOlder(
      acceptedV1,
      acceptedV2,
      moved,
      scanned,
      Event.older(Reserved, { into: Reserved, upcast: (event) => event })
    ),
    "ParcelReserved version 1 becomes ParcelReserved version 1, which is no event of the board and leads to none"
  ],
  "the newest event is read of a type that was split": [
    {
      ...postNow,
      slices: postNow.slices.map((slice) =>
        "command" in slice && slice.command === DescribeParcel ? { ...slice, command: newestOnly as never } : slice
      )
    },
    "The state Story reads only the newest event of each type, and ParcelMoved version 1 becomes 2 events: let Story read the whole history or snapshots."
  ]
}

describe("The rules of changed events", () => {
  for (const board of [postBefore, postNow])
    it(`${board.slices.length} slices violate none`, () => {
      // These boards are only for tests: their slices have no rules on yellow notes.
      const found = Validation.violations(board).filter((each) => !/has no (?:rule|scenario):/u.test(each))
      assert.deepStrictEqual(found, [])
    })

  for (const [what, [board, sentence]] of Object.entries(violatingBoards)) {
    it(`refuse that ${what}`, () => {
      const found = Validation.violations(board)
      assert.isTrue(
        found.some((each) => each.startsWith(sentence)),
        found.join("\n")
      )
    })
  }
  it("refuse that an older shape becomes an event of another boundary", () => {
    const lane = { ...depots, events: [...depots.events, ParcelBooked] }
    const board = {
      ...postNow,
      lanes: [{ ...parcels, events: parcels.events.filter((event) => event !== ParcelBooked) }, lane]
    }
    assert.include(
      Validation.violations(board).join("\n"),
      "ParcelReserved version 1 of the boundary parcel becomes ParcelBooked version 1 of depot: the log has it in an event stream of parcel"
    )
  })
})

describe("What readers see", () => {
  const newest = Upcast.toNewest(postNow)
  const parcel = { id: "p1" }
  const [hill, harbour] = [{ id: "hill" }, { id: "harbour" }]

  it("is the newest shape, by each upcast on the way", () => {
    assert.deepStrictEqual(newest(new AcceptedV1({ parcel, sender: "Ann Lee", weight: 5 })), [
      new ParcelAccepted({ parcel, firstName: "Ann", lastName: "Lee", grams: 5, express: false })
    ])
    assert.deepStrictEqual(newest(new Moved({ parcel, from: hill, to: harbour })), [
      new ParcelLeft({ parcel, place: hill }),
      new ParcelArrived({ parcel, place: harbour })
    ])
    assert.deepStrictEqual(newest(new Scanned({ parcel })), [])
    const lost = new ParcelLost({ parcel })
    assert.deepStrictEqual(newest(lost), [lost])
  })

  it("is refused if an upcast returns what it does not declare", () => {
    const wrong = Event.older(Reserved, { into: ParcelBooked, upcast: () => new ParcelLost({ parcel }) as never })
    const board = withOlder(acceptedV1, acceptedV2, moved, scanned, wrong)
    assert.throws(
      () => Upcast.toNewest(board)(new Reserved({ parcel })),
      "the upcast returned ParcelLost, which is not in its into: declare it there"
    )
  })

  it("is looked for under all names that the log may have", () => {
    assert.sameMembers(
      [...Upcast.storedTypes(postNow, [ParcelBooked, ParcelArrived])],
      ["ParcelBooked", "ParcelReserved", "ParcelArrived", "ParcelMoved"]
    )
  })
})
