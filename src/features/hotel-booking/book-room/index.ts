import { forThemselves, Guest } from "#domain/actors.ts"
import { Slice } from "#domain/model/index.ts"
import { BookRoom } from "./BookRoom.ts"
import { scenarios } from "./scenarios.ts"

export const bookRoom = Slice.command({
  title: "User books the room",
  rules: ["the room must exist", "it should be booked once", "the booking process must be auditable"],
  by: Guest.puts("/mutation/book-room", "Booking form", forThemselves),
  command: BookRoom,
  scenarios
})
