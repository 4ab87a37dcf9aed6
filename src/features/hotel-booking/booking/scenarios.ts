import { BookingCancelled } from "#domain/booking/BookingCancelled.ts"
import { GuestCheckedIn } from "#domain/booking/GuestCheckedIn.ts"
import { RoomAvailable } from "#domain/booking/RoomAvailable.ts"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import type { Scenario } from "#domain/model/index.ts"
import { Night, type Room } from "#domain/values.ts"
import type { Booking } from "./Booking.ts"

const room = { id: 1 }
const ann = { id: 1 }
const date = Night.make("2022-12-12")
const booked = new RoomBooked({ room, client: ann, date })
const available = new RoomAvailable({ room, date })
const checkedIn = new GuestCheckedIn({ room, client: ann, date })

export const scenarios: Scenario.Named<
  Scenario.OfView<typeof Booking, { readonly room: typeof Room; readonly date: typeof Night }>
> = {
  "a night nobody touched is free": { given: [], at: { room, date }, then: { availability: "free" } },
  "the night is booked": { given: [booked], at: { room, date }, then: { availability: "booked", client: ann } },
  "a clean room is available to who booked it": {
    given: [booked, available],
    at: { room, date },
    then: { availability: "available", client: ann }
  },
  "availability must be known in real time": {
    given: [booked, available, checkedIn],
    at: { room, date },
    then: { availability: "occupied", client: ann }
  },
  "a night is free again after a cancellation": {
    given: [booked, available, new BookingCancelled({ room, client: ann, date })],
    at: { room, date },
    then: { availability: "free" }
  },
  "the next night is another matter": {
    given: [booked],
    at: { room, date: Night.make("2022-12-13") },
    then: { availability: "free" }
  }
}
