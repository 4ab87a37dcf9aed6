import { Client, Night, Room } from "#domain/words.ts"
import { Schema } from "effect"

/** The room is promised to a client for the night. */
export class RoomBooked extends Schema.TaggedClass<RoomBooked>()("RoomBooked", {
  room: Room,
  client: Client,
  date: Night
}) {}
