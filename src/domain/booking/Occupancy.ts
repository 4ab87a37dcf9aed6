import { Schema } from "effect"
import { Projection } from "../model/index.ts"
import { BookingCancelled } from "./BookingCancelled.ts"
import { RoomBooked } from "./RoomBooked.ts"

/** Whether a room is booked for a night. */
export const Occupancy = Projection.make({
  name: "Occupancy",
  reads: [RoomBooked, BookingCancelled],
  state: Schema.Literals(["free", "booked"]),
  initial: "free",
  evolve: { RoomBooked: () => "booked", BookingCancelled: () => "free" }
})
