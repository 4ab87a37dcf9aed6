import { forThemselves, Guest } from "#domain/actors.ts"
import { Slice } from "#domain/model/index.ts"
import { MoveBooking } from "./MoveBooking.ts"
import { scenarios } from "./scenarios.ts"

export const moveBooking = Slice.command({
  title: "Guest moves a booking to another room",
  rules: [
    "the old night is given up and the new one booked, or neither",
    "the new room must exist",
    "only who booked moves, until the day before the night",
    "who is signed in moves only their own bookings"
  ],
  by: Guest.puts("/mutation/move-booking", "My bookings", forThemselves),
  command: MoveBooking,
  scenarios
})
