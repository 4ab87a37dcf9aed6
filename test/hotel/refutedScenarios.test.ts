import { describe, it } from "@effect/vitest"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import { CleanUpScheduled } from "#domain/cleanup/CleanUpScheduled.ts"
import { RoomUnknown } from "#domain/rejections.ts"
import { Night } from "#domain/values.ts"
import { bookRoom } from "#features/hotel-booking/book-room/index.ts"
import { booking } from "#features/hotel-booking/booking/index.ts"
import { BookedBySomebodyElse, RoomNotAvailable } from "#features/hotel-booking/check-in/CheckIn.ts"
import { checkIn } from "#features/hotel-booking/check-in/index.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { scheduleCleaning } from "#features/hotel-booking/schedule-cleaning/index.ts"
import { assertRefuted } from "#test/support/assertRefuted.ts"

const refute = assertRefuted(hotelBooking)

describe("A scenario fails if the board decides otherwise:", () => {
  const room = { id: 1 }
  const client = { id: 1 }
  const date = Night.make("2022-12-12")

  const refuted: Record<string, ReadonlyArray<Parameters<typeof refute>>> = {
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
    "another reaction of the bot": [
      [scheduleCleaning, "react to booking", []],
      [scheduleCleaning, "react to booking", [new CleanUpScheduled({ room, date, team: "blue" })]],
      [scheduleCleaning, "it is scheduled once", [new CleanUpScheduled({ room, date, team: "green" })]]
    ]
  }
  for (const [change, cases] of Object.entries(refuted)) {
    it(change, () => cases.forEach((each) => refute(...each)))
  }
})
