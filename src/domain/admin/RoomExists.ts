import { Schema } from "effect"
import { Projection } from "../model/index.ts"
import { RoomAdded } from "./RoomAdded.ts"

/** Whether the hotel has a room. Rooms are never removed, so this never turns false, and need not be guarded. */
export const RoomExists = Projection.make({
  name: "RoomExists",
  reads: [RoomAdded],
  state: Schema.Boolean,
  initial: false,
  evolve: { RoomAdded: () => true }
})
