import { Schema } from "effect"
import { RoomAdded } from "#domain/admin/RoomAdded.ts"
import { RoomExists } from "#domain/admin/RoomExists.ts"
import { RoomBoundary } from "#domain/boundaries.ts"
import { Command, Read } from "#domain/model/index.ts"
import { Room } from "#domain/values.ts"

export const AddRoom = Command.make({
  name: "AddRoom",
  input: Schema.Struct({ room: Room }),
  guards: { exists: Read.one(RoomExists, RoomBoundary) },
  emits: [RoomAdded],
  rejects: [],
  decide: ({ exists }, { room }) => (exists ? [] : [new RoomAdded({ room })])
})
