import { RoomBoundary } from "../boundaries.ts"
import { Lane } from "../model/index.ts"
import { RoomAdded } from "./RoomAdded.ts"

/** The rooms of the hotel. Kept forever: a room is never removed. */
export const Admin = Lane.make({
  title: "Admin",
  name: "hotel-admin",
  prefix: "admin",
  boundary: RoomBoundary,
  events: [RoomAdded],
  retention: { maxBytes: "64 MiB", duplicateWindow: "2 minutes" }
})
