import { RoomNight } from "../boundaries.ts"
import { Lane } from "../model/index.ts"
import { CleaningCalledOff } from "./CleaningCalledOff.ts"
import { CleanUpScheduled } from "./CleanUpScheduled.ts"
import { RoomCleanedUp } from "./RoomCleanedUp.ts"

/** Cleaning, scheduled, called off and done. Kept for a year, which is enough to plan the next one. */
export const Cleanup = Lane.make({
  title: "Cleanup",
  name: "room-cleanup",
  prefix: "cleanup",
  boundary: RoomNight,
  events: [CleanUpScheduled, CleaningCalledOff, RoomCleanedUp],
  retention: { maxAge: "365 days", maxBytes: "1 GiB", duplicateWindow: "2 minutes" }
})
