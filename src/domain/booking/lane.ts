import { RoomNight } from "../boundaries.ts"
import { Lane } from "../model/index.ts"
import { BookingCancelled } from "./BookingCancelled.ts"
import { GuestCheckedIn } from "./GuestCheckedIn.ts"
import { RoomAvailable } from "./RoomAvailable.ts"
import { RoomBooked } from "./RoomBooked.ts"

/** Bookings and stays. Kept for two years, for bookkeeping. */
export const Booking = Lane.make({
  title: "Booking",
  name: "room-booking",
  prefix: "booking",
  boundary: RoomNight,
  events: [RoomBooked, BookingCancelled, RoomAvailable, GuestCheckedIn],
  retention: { maxAge: "730 days", maxBytes: "2 GiB", duplicateWindow: "2 minutes" }
})
