import { Schema } from "effect"
import { Night, Room, Team } from "../values.ts"

/** The room is clean; `team` is the one that was scheduled, if one was. */
export class RoomCleanedUp extends Schema.TaggedClass<RoomCleanedUp>()("RoomCleanedUp", {
  room: Room,
  date: Night,
  team: Schema.optionalKey(Team)
}) {}
