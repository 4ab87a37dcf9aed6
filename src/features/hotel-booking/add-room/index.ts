import { Manager } from "#domain/actors.ts"
import { RoomAdded } from "#domain/admin/RoomAdded.ts"
import { Slice } from "#domain/model/index.ts"
import { AddRoom } from "./AddRoom.ts"

const room = { id: 1 }

export const addRoom = Slice.command({
  title: "Manager adds a room",
  rules: ["a room is added once"],
  by: Manager.puts("/mutation/add-room", "Rooms"),
  command: AddRoom,
  scenarios: {
    "a room is added": { given: [], when: { room }, then: [new RoomAdded({ room })] },
    "a room is added once": { given: [new RoomAdded({ room })], when: { room }, then: [] }
  }
})
