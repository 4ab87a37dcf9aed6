import { Schema } from "effect"
import { Night, Room, Team } from "../values.ts"

/** The team need not clean the room: its booking was cancelled. */
export class CleaningCalledOff extends Schema.TaggedClass<CleaningCalledOff>()("CleaningCalledOff", {
  room: Room,
  date: Night,
  team: Team
}) {}
