import { Schema } from "effect"
import { RoomAdded } from "#domain/admin/RoomAdded.ts"
import { RoomBoundary } from "#domain/boundaries.ts"
import { Command, Projection } from "#domain/model/index.ts"
import { Room } from "#domain/values.ts"

const Existence = Projection.make({
  name: "Existence",
  reads: [RoomAdded],
  state: Schema.Boolean,
  initial: false,
  evolve: { RoomAdded: () => true }
})

export const AddRoom = Command.make({
  name: "AddRoom",
  input: Schema.Struct({ room: Room }),
  guards: RoomBoundary,
  state: Existence,
  emits: [RoomAdded],
  rejects: [],
  decide: (exists, { room }) => (exists ? [] : [new RoomAdded({ room })])
})
