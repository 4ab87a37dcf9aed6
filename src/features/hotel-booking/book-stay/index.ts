import { forThemselves, Guest } from "#domain/actors.ts"
import { Slice } from "#domain/model/index.ts"
import { BookStay } from "./BookStay.ts"
import { scenarios } from "./scenarios.ts"

export const bookStay = Slice.command({
  title: "User books a stay of several nights",
  rules: ["the room must exist", "every night is booked, or none", "a stay ends within the calendar"],
  by: Guest.puts("/mutation/book-stay", "Booking form", forThemselves),
  command: BookStay,
  scenarios
})
