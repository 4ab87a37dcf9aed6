import { Schema } from "effect"
import { Projection } from "../model/index.ts"
import { Client } from "../values.ts"
import { BookingCancelled } from "./BookingCancelled.ts"
import { GuestCheckedIn } from "./GuestCheckedIn.ts"
import { RoomBooked } from "./RoomBooked.ts"

/** Who has booked a room for a night, and whether they have checked in. */
export const Reservation = Projection.make({
  name: "Reservation",
  reads: [RoomBooked, BookingCancelled, GuestCheckedIn],
  state: Schema.Struct({ client: Schema.optionalKey(Client), checkedIn: Schema.Boolean }),
  initial: { checkedIn: false },
  evolve: {
    RoomBooked: (_, { client }) => ({ client, checkedIn: false }),
    BookingCancelled: () => ({ checkedIn: false }),
    GuestCheckedIn: (reservation) => ({ ...reservation, checkedIn: true })
  }
})
