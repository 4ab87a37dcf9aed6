import { RoomAdded } from "#domain/admin/RoomAdded.ts"
import { BookingCancelled } from "#domain/booking/BookingCancelled.ts"
import { GuestCheckedIn } from "#domain/booking/GuestCheckedIn.ts"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import type { Scenario } from "#domain/model/index.ts"
import {
  AlreadyCheckedIn,
  BookingUnknown,
  NotYourBooking,
  RoomAlreadyBooked,
  RoomUnknown,
  SignedInAsAnother,
  TooLateToChange
} from "#domain/rejections.ts"
import { Night } from "#domain/values.ts"
import type { MoveBooking } from "./MoveBooking.ts"

const room = { id: 1 }
const newRoom = { id: 2 }
const ann = { id: 1 }
const bob = { id: 2 }
const date = Night.make("2022-12-12")
const at = "2022-12-11T23:59:59.999Z"
const signedInAsAnn = { name: "Guest", claims: { client: "1" } }
const added = new RoomAdded({ room: newRoom })
const booked = new RoomBooked({ room, client: ann, date })
const move = { room, newRoom, client: ann, date }
const moved = [new BookingCancelled({ room, client: ann, date }), new RoomBooked({ room: newRoom, client: ann, date })]

export const scenarios: Scenario.Named<Scenario.OfCommand<typeof MoveBooking>> = {
  "the old night is given up and the new one booked": { given: [added, booked], at, when: move, then: moved },
  "the old night is given up and the new one booked, or neither": {
    given: [added, booked, new RoomBooked({ room: newRoom, client: bob, date })],
    at,
    when: move,
    then: new RoomAlreadyBooked({ room: newRoom, date })
  },
  "a room whose booking was cancelled can be moved to": {
    given: [
      added,
      booked,
      new RoomBooked({ room: newRoom, client: bob, date }),
      new BookingCancelled({ room: newRoom, client: bob, date })
    ],
    at,
    when: move,
    then: moved
  },
  "the new room must exist": { given: [booked], at, when: move, then: new RoomUnknown({ room: newRoom }) },
  "who stays in the same room has nothing to do": { given: [booked], at, when: { ...move, newRoom: room }, then: [] },
  "there must be a booking": { given: [added], at, when: move, then: new BookingUnknown({ room, date }) },
  "only who booked moves": {
    given: [added, booked],
    at,
    when: { ...move, client: bob },
    then: new NotYourBooking({ room, date, client: bob })
  },
  "only who booked moves, until the day before the night": {
    given: [added, booked],
    at: "2022-12-12T00:00:00Z",
    when: move,
    then: new TooLateToChange({ room, date })
  },
  "nobody moves after the check-in": {
    given: [added, booked, new GuestCheckedIn({ room, client: ann, date })],
    at,
    when: move,
    then: new AlreadyCheckedIn({ room, date })
  },
  "who is signed in moves": { given: [added, booked], at, by: signedInAsAnn, when: move, then: moved },
  "who is signed in moves only their own bookings": {
    given: [added, new RoomBooked({ room, client: bob, date })],
    at,
    by: signedInAsAnn,
    when: { ...move, client: bob },
    then: new SignedInAsAnother({ client: bob })
  }
}
