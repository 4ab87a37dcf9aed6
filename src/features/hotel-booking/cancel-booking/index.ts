import { forThemselves, Guest } from "#domain/actors.ts"
import { Slice } from "#domain/model/index.ts"
import { CancelBooking } from "./CancelBooking.ts"
import { scenarios } from "./scenarios.ts"

export const cancelBooking = Slice.command({
  title: "Guest cancels a booking",
  rules: [
    "a booking is cancelled until the day before the night",
    "only who booked cancels",
    "who is signed in cancels only their own bookings",
    "nobody cancels after the check-in"
  ],
  by: Guest.puts("/mutation/cancel-booking", "My bookings", forThemselves),
  command: CancelBooking,
  scenarios
})
