import { afterAll, assert, describe, it } from "@effect/vitest"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import { CleanUpScheduled } from "#domain/cleanup/CleanUpScheduled.ts"
import { Board, Decide, type Slice } from "#domain/model/index.ts"
import { RoomUnknown } from "#domain/rejections.ts"
import { Night } from "#domain/values.ts"
import { courseExamples } from "#examples/courses/index.ts"
import { bookRoom } from "#features/hotel-booking/book-room/index.ts"
import { booking } from "#features/hotel-booking/booking/index.ts"
import { BookedBySomebodyElse, RoomNotAvailable } from "#features/hotel-booking/check-in/CheckIn.ts"
import { checkIn } from "#features/hotel-booking/check-in/index.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { scheduleCleaning } from "#features/hotel-booking/schedule-cleaning/index.ts"
import { clinic } from "#test/boards/clinicBoard.ts"
import { confirmReturns, lending, ReturnConfirmed } from "#test/boards/lendingBoard.ts"
import { book, library } from "#test/boards/libraryBoard.ts"
import { faults, Misbehave, school } from "#test/boards/schoolBoard.ts"
import { template } from "#test/boards/templateBoard.ts"
import { scenarioResults } from "#test/support/scenarioResults.ts"
import { assertHolds, scenariosOf } from "#test/support/scenarios.ts"
import { boards, fileSuffix } from "../../../src/boards.ts"

const results = scenarioResults()
const { app } = await boards.courses!()
const exampleResults = scenarioResults(`.cache/scenarios${fileSuffix(app.board.name)}.json`, app.code)
afterAll(() => {
  results.write()
  exampleResults.write()
})

for (const board of [hotelBooking, courseExamples, library, lending, clinic, template]) {
  const { note } = board === courseExamples ? exampleResults : results
  describe(board.title, () => {
    for (const [slice, scenarios] of Map.groupBy(scenariosOf(board), ({ slice }) => slice)) {
      describe(slice, () => {
        for (const scenario of scenarios)
          it(scenario.sentence, () => note(board.name, slice, scenario.sentence, () => assertHolds(scenario)))
      })
    }
  })
}

describe("A scenario fails if its command may not make that decision, even if `then` expects it:", () => {
  const course = { id: "logic" }

  it.each(faults)("%s", (fault) => {
    const then = Misbehave.decide({ state: 0 }, { course, fault }, Decide.scenarioContext({}, { name: "Anybody" }))
    const misbehave = Board.commandSlices(school).find(({ command }) => command === Misbehave)
    const planted = { ...misbehave, scenarios: { planted: { given: [], when: { course, fault }, then } } } as Slice.Any
    const slices = school.slices.map((slice) => (slice === misbehave ? planted : slice))
    const scenario = scenariosOf({ ...school, slices }).find(({ sentence }) => sentence === "planted")!
    assert.throws(() => assertHolds(scenario), "made an invalid decision")
  })
})

describe("A scenario fails if the board decides otherwise:", () => {
  const room = { id: 1 }
  const client = { id: 1 }
  const date = Night.make("2022-12-12")

  /** Asserts that this scenario fails when it expects `then` instead. */
  const assertRefuted = <S extends Slice.Any>(slice: S, sentence: string, then: unknown) => {
    const scenario = { ...(slice.scenarios as Record<string, object>)[sentence], then }
    assert.property(slice.scenarios, sentence)
    const planted = { ...slice, scenarios: { [sentence]: scenario } } as unknown as Slice.Any
    const board: Board.Any = { ...hotelBooking, slices: [planted] }
    const [changed] = scenariosOf(board)
    assert.throws(() => assertHolds(changed!))
  }
  const refuted: Record<string, ReadonlyArray<Parameters<typeof assertRefuted>>> = {
    "another rejection": [
      [bookRoom, "the room must exist", new RoomNotAvailable({ room, date, because: "not booked" })],
      [bookRoom, "the room must exist", []]
    ],
    "the same rejection with another field": [
      [bookRoom, "the room must exist", new RoomUnknown({ room: { id: 2 } })],
      [checkIn, "nobody else does", new BookedBySomebodyElse({ room, date, client })],
      [
        checkIn,
        "the room needs to be available to check in",
        new RoomNotAvailable({ room, date, because: "not booked" })
      ]
    ],
    "a rejection in place of events, events in place of a rejection": [
      [bookRoom, "the booking process must be auditable", new RoomUnknown({ room })],
      [bookRoom, "it should be booked once", [new RoomBooked({ room, client, date })]]
    ],
    "other events, fewer, or more": [
      [bookRoom, "the booking process must be auditable", [new RoomBooked({ room, client: { id: 2 }, date })]],
      [bookRoom, "the booking process must be auditable", []],
      [
        bookRoom,
        "the booking process must be auditable",
        [new RoomBooked({ room, client, date }), new RoomBooked({ room, client, date })]
      ]
    ],
    "an object that only resembles an event": [
      [bookRoom, "the booking process must be auditable", [{ _tag: "RoomBooked", room, client, date }]]
    ],
    "another row": [
      [booking, "the night is booked", { availability: "free" }],
      [booking, "the night is booked", { availability: "booked", client: { id: 2 } }],
      [booking, "the next night is another matter", { availability: "booked", client }]
    ],
    "other messages": [
      [confirmReturns, "the reader is informed that a book is back", []],
      [
        confirmReturns,
        "the reader is informed that a book is back",
        [new ReturnConfirmed({ book, reader: { id: "bob" } })]
      ]
    ],
    "another reaction of the bot": [
      [scheduleCleaning, "react to booking", []],
      [scheduleCleaning, "react to booking", [new CleanUpScheduled({ room, date, team: "blue" })]],
      [scheduleCleaning, "it is scheduled once", [new CleanUpScheduled({ room, date, team: "green" })]]
    ]
  }
  for (const [change, cases] of Object.entries(refuted)) {
    it(change, () => cases.forEach((each) => assertRefuted(...each)))
  }
})
