import { Schema } from "effect"
import { Night, Room, Team } from "../values.ts"

/** A team will clean the room before the night. */
export class CleanUpScheduled extends Schema.TaggedClass<CleanUpScheduled>()("CleanUpScheduled", {
  room: Room,
  date: Night,
  team: Team
}) {}
