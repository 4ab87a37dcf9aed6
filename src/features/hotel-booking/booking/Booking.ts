import { Schema } from "effect"
import { BookingCancelled } from "#domain/booking/BookingCancelled.ts"
import { GuestCheckedIn } from "#domain/booking/GuestCheckedIn.ts"
import { RoomAvailable } from "#domain/booking/RoomAvailable.ts"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import { Projection } from "#domain/model/index.ts"
import { Client } from "#domain/values.ts"

export const Booking = Projection.make({
  name: "Booking",
  reads: [RoomBooked, BookingCancelled, RoomAvailable, GuestCheckedIn],
  state: Schema.Struct({
    availability: Schema.Literals(["free", "booked", "available", "occupied"]),
    client: Schema.optionalKey(Client)
  }),
  initial: { availability: "free" },
  evolve: {
    RoomBooked: (_, { client }) => ({ availability: "booked", client }),
    BookingCancelled: () => ({ availability: "free" }),
    RoomAvailable: (booking) => ({ ...booking, availability: "available" }),
    GuestCheckedIn: (booking) => ({ ...booking, availability: "occupied" })
  }
})
