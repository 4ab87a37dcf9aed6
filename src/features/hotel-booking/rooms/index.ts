import { Guest, Manager } from "#domain/actors.ts"
import { Slice } from "#domain/model/index.ts"
import { Rooms } from "./Rooms.ts"
import { scenarios } from "./scenarios.ts"

export const rooms = Slice.view({
  title: "Guest looks at the rooms",
  rules: ["every room that was added is listed"],
  by: Guest.gets("/rooms", "Rooms", { also: [Manager] }),
  shows: Rooms,
  key: {},
  scenarios
})
