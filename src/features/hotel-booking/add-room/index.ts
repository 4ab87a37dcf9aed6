import { Manager } from "#domain/actors.ts"
import { Slice } from "#domain/model/index.ts"
import { AddRoom } from "./AddRoom.ts"
import { scenarios } from "./scenarios.ts"

export const addRoom = Slice.command({
  title: "Manager adds a room",
  rules: ["a room is added once"],
  by: Manager.puts("/mutation/add-room", "Rooms"),
  command: AddRoom,
  scenarios
})
