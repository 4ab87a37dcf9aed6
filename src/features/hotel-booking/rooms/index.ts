import { Schema } from "effect"
import { Guest } from "#domain/actors.ts"
import { RoomAdded } from "#domain/admin/RoomAdded.ts"
import { Projection, Slice } from "#domain/model/index.ts"
import { Room } from "#domain/values.ts"

const Rooms = Projection.make({
  name: "Rooms",
  reads: [RoomAdded],
  state: Schema.Struct({ rooms: Schema.Array(Room) }),
  initial: { rooms: [] },
  evolve: { RoomAdded: ({ rooms }, { room }) => ({ rooms: [...rooms, room].sort((a, b) => a.id - b.id) }) }
})

export const rooms = Slice.view({
  title: "Guest looks at the rooms",
  rules: ["every room that was added is listed"],
  by: Guest.gets("/rooms", "Rooms"),
  shows: Rooms,
  key: {},
  scenarios: {
    "a new hotel has no rooms": { given: [], at: {}, then: { rooms: [] } },
    "every room that was added is listed": {
      given: [new RoomAdded({ room: { id: 2 } }), new RoomAdded({ room: { id: 1 } })],
      at: {},
      then: { rooms: [{ id: 1 }, { id: 2 }] }
    }
  }
})
