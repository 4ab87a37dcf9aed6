import { BookingCancelled } from "#domain/booking/BookingCancelled.ts"
import { GuestCheckedIn } from "#domain/booking/GuestCheckedIn.ts"
import { RoomAvailable } from "#domain/booking/RoomAvailable.ts"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import type { Scenario } from "#domain/model/index.ts"
import { AlreadyCheckedIn } from "#domain/rejections.ts"
import { Night } from "#domain/values.ts"
import { BookedBySomebodyElse, type CheckIn, RoomNotAvailable } from "./CheckIn.ts"

const room = { id: 1 }
const ann = { id: 1 }
const bob = { id: 2 }
const date = Night.make("2022-12-12")
const booked = new RoomBooked({ room, client: ann, date })
const cancelled = new BookingCancelled({ room, client: ann, date })
const available = new RoomAvailable({ room, date })

export const scenarios: Scenario.Named<Scenario.OfCommand<typeof CheckIn>> = {
  "the room needs to be available to check in": {
    given: [booked],
    when: { room, client: ann, date },
    then: new RoomNotAvailable({ room, date, because: "not clean" })
  },
  "the room must be booked for the night": {
    given: [],
    when: { room, client: ann, date },
    then: new RoomNotAvailable({ room, date, because: "not booked" })
  },
  "nobody checks in after a cancellation": {
    given: [booked, available, cancelled],
    when: { room, client: ann, date },
    then: new RoomNotAvailable({ room, date, because: "not booked" })
  },
  "the room is cleaned again for who books it after a cancellation": {
    given: [booked, available, cancelled, new RoomBooked({ room, client: bob, date })],
    when: { room, client: bob, date },
    then: new RoomNotAvailable({ room, date, because: "not clean" })
  },
  "the guest who booked checks in": {
    given: [booked, available],
    when: { room, client: ann, date },
    then: [new GuestCheckedIn({ room, client: ann, date })]
  },
  "nobody else does": {
    given: [booked, available],
    when: { room, client: bob, date },
    then: new BookedBySomebodyElse({ room, date, client: bob })
  },
  "the guest checks in once": {
    given: [booked, available, new GuestCheckedIn({ room, client: ann, date })],
    when: { room, client: ann, date },
    then: new AlreadyCheckedIn({ room, date })
  }
}
