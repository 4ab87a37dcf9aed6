import { Manager } from "#domain/actors.ts"
import { Slice } from "#domain/model/index.ts"
import { CleanRoom } from "./CleanRoom.ts"
import { scenarios } from "./scenarios.ts"

export const cleanRoom = Slice.command({
  title: "The team cleans the room",
  rules: ["the room must be booked this day", "the room becomes available when done"],
  by: Manager.puts("/mutation/cleanup", "Cleaning calendar"),
  command: CleanRoom,
  scenarios
})
