import { afterAll, assert, describe, it } from "@effect/vitest"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import { CleanUpScheduled } from "#domain/cleanup/CleanUpScheduled.ts"
import { Board, type Slice } from "#domain/model/index.ts"
import { Night } from "#domain/values.ts"
import { RoomUnknown } from "#features/hotel-booking/book-room/BookRoom.ts"
import { bookRoom } from "#features/hotel-booking/book-room/index.ts"
import { booking } from "#features/hotel-booking/booking/index.ts"
import { BookedBySomebodyElse, RoomNotAvailable } from "#features/hotel-booking/check-in/CheckIn.ts"
import { checkIn } from "#features/hotel-booking/check-in/index.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { scheduleCleaning } from "#features/hotel-booking/schedule-cleaning/index.ts"
import { library } from "#test/boards/libraryBoard.ts"
import { faults, Misbehave, school } from "#test/boards/schoolBoard.ts"
import { scenarioResults } from "#test/support/scenarioResults.ts"
import { assertHolds, scenariosOf } from "#test/support/scenarios.ts"

const { note, write } = scenarioResults()
afterAll(write)

for (const board of [hotelBooking, library]) {
  describe(board.title, () => {
    for (const [slice, scenarios] of Map.groupBy(scenariosOf(board), ({ slice }) => slice)) {
      describe(slice, () => {
        for (const scenario of scenarios)
          it(scenario.sentence, () => note(board.name, slice, scenario.sentence, () => assertHolds(scenario)))
      })
    }
  })
}

describe("A scenario of a command that may not decide so fails, whatever it says:", () => {
  const course = { id: "logic" }

  it.each(faults)("%s", (fault) => {
    const then = Misbehave.decide(0, { course, fault })
    const misbehave = Board.commandSlices(school).find(({ command }) => command === Misbehave)
    const planted = { ...misbehave, scenarios: { planted: { given: [], when: { course, fault }, then } } } as Slice.Any
    const slices = school.slices.map((slice) => (slice === misbehave ? planted : slice))
    const told = scenariosOf({ ...school, slices }).find(({ sentence }) => sentence === "planted")!
    assert.throws(() => assertHolds(told), "made an invalid decision")
  })
})

describe("A scenario that is not true fails:", () => {
  const room = { id: 1 }
  const client = { id: 1 }
  const date = Night.make("2022-12-12")

  /** Whether the hotel, with `then` in place of what this scenario says, is told that it is not so. */
  const isRefuted = <S extends Slice.Any>(slice: S, sentence: string, then: unknown) => {
    const scenario = { ...(slice.scenarios as Record<string, object>)[sentence], then }
    assert.property(slice.scenarios, sentence)
    const planted = { ...slice, scenarios: { [sentence]: scenario } } as unknown as Slice.Any
    const board: Board.Any = { ...hotelBooking, slices: [planted] }
    const [told] = scenariosOf(board)
    assert.throws(() => assertHolds(told!))
  }
  const refuted: Record<string, ReadonlyArray<Parameters<typeof isRefuted>>> = {
    "another refusal": [
      [bookRoom, "the room must exist", new RoomNotAvailable({ room, date, because: "not booked" })],
      [bookRoom, "the room must exist", []]
    ],
    "the same refusal with another field": [
      [bookRoom, "the room must exist", new RoomUnknown({ room: { id: 2 } })],
      [checkIn, "nobody else does", new BookedBySomebodyElse({ room, date, client })],
      [
        checkIn,
        "the room needs to be available to check in",
        new RoomNotAvailable({ room, date, because: "not booked" })
      ]
    ],
    "a refusal for facts, facts for a refusal": [
      [bookRoom, "the booking process must be auditable", new RoomUnknown({ room })],
      [bookRoom, "it should be booked once", [new RoomBooked({ room, client, date })]]
    ],
    "other facts, fewer, or more": [
      [bookRoom, "the booking process must be auditable", [new RoomBooked({ room, client: { id: 2 }, date })]],
      [bookRoom, "the booking process must be auditable", []],
      [
        bookRoom,
        "the booking process must be auditable",
        [new RoomBooked({ room, client, date }), new RoomBooked({ room, client, date })]
      ]
    ],
    "what only looks like a fact": [
      [bookRoom, "the booking process must be auditable", [{ _tag: "RoomBooked", room, client, date }]]
    ],
    "another row": [
      [booking, "the night is booked", { availability: "free" }],
      [booking, "the night is booked", { availability: "booked", client: { id: 2 } }],
      [booking, "the next night is another matter", { availability: "booked", client }]
    ],
    "another answer of the bot": [
      [scheduleCleaning, "react to booking", []],
      [scheduleCleaning, "react to booking", [new CleanUpScheduled({ room, date, team: "blue" })]],
      [scheduleCleaning, "it is scheduled once", [new CleanUpScheduled({ room, date, team: "green" })]]
    ]
  }
  for (const [what, plants] of Object.entries(refuted)) {
    it(what, () => plants.forEach((plant) => isRefuted(...plant)))
  }
})
