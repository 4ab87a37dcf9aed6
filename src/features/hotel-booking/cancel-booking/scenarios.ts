import { BookingCancelled } from "#domain/booking/BookingCancelled.ts"
import { GuestCheckedIn } from "#domain/booking/GuestCheckedIn.ts"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import type { Scenario } from "#domain/model/index.ts"
import {
  AlreadyCheckedIn,
  BookingUnknown,
  NotYourBooking,
  SignedInAsAnother,
  TooLateToChange
} from "#domain/rejections.ts"
import { Night } from "#domain/values.ts"
import type { CancelBooking } from "./CancelBooking.ts"

const room = { id: 1 }
const ann = { id: 1 }
const bob = { id: 2 }
const date = Night.make("2022-12-12")
const dayBefore = "2022-12-11T23:59:59.999Z"
const midnight = "2022-12-12T00:00:00Z"
const signedInAsAnn = { name: "Guest", claims: { client: "1" } }
const cancel = { room, client: ann, date }
const booked = new RoomBooked({ room, client: ann, date })
const cancelled = new BookingCancelled({ room, client: ann, date })

export const scenarios: Scenario.Named<Scenario.OfCommand<typeof CancelBooking>> = {
  "a booking is cancelled until the day before the night": {
    given: [booked],
    at: dayBefore,
    when: cancel,
    then: [cancelled]
  },
  "from the day of the night on it is too late": {
    given: [booked],
    at: midnight,
    when: cancel,
    then: new TooLateToChange({ room, date })
  },
  "only who booked cancels": {
    given: [booked],
    at: dayBefore,
    when: { room, client: bob, date },
    then: new NotYourBooking({ room, date, client: bob })
  },
  "there must be a booking": { given: [], at: dayBefore, when: cancel, then: new BookingUnknown({ room, date }) },
  "a booking is cancelled once": {
    given: [booked, cancelled],
    at: dayBefore,
    when: cancel,
    then: new BookingUnknown({ room, date })
  },
  "who booked after a cancellation cancels": {
    given: [booked, cancelled, new RoomBooked({ room, client: bob, date })],
    at: dayBefore,
    when: { room, client: bob, date },
    then: [new BookingCancelled({ room, client: bob, date })]
  },
  "nobody cancels after the check-in": {
    given: [booked, new GuestCheckedIn({ room, client: ann, date })],
    at: dayBefore,
    when: cancel,
    then: new AlreadyCheckedIn({ room, date })
  },
  "who is signed in cancels": { given: [booked], at: dayBefore, by: signedInAsAnn, when: cancel, then: [cancelled] },
  "who is signed in cancels only their own bookings": {
    given: [new RoomBooked({ room, client: bob, date })],
    at: dayBefore,
    by: signedInAsAnn,
    when: { room, client: bob, date },
    then: new SignedInAsAnother({ client: bob })
  }
}
