import { forThemselves, Guest } from "#domain/actors.ts"
import { Slice } from "#domain/model/index.ts"
import { CheckIn } from "./CheckIn.ts"
import { scenarios } from "./scenarios.ts"

export const checkIn = Slice.command({
  title: "Guest checks in",
  rules: ["the room needs to be available to check in", "availability must be known in real time"],
  by: Guest.puts("/mutation/checkin", "Front desk", forThemselves),
  command: CheckIn,
  scenarios
})
