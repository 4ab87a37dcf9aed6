import { Schema } from "effect"
import { RoomAdded } from "#domain/admin/RoomAdded.ts"
import { Projection } from "#domain/model/index.ts"
import { Room } from "#domain/values.ts"

export const Rooms = Projection.make({
  name: "Rooms",
  reads: [RoomAdded],
  state: Schema.Struct({ rooms: Schema.Array(Room) }),
  initial: { rooms: [] },
  evolve: { RoomAdded: ({ rooms }, { room }) => ({ rooms: [...rooms, room].sort((a, b) => a.id - b.id) }) }
})
