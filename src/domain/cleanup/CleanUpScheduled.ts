import { Night, Room, Team } from "#domain/words.ts"
import { Schema } from "effect"

/** A team will clean the room before the night. */
export class CleanUpScheduled extends Schema.TaggedClass<CleanUpScheduled>()("CleanUpScheduled", {
  room: Room,
  date: Night,
  team: Team
}) {}
