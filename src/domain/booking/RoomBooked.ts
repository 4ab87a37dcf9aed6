import { Schema } from "effect"
import { Client, Night, Room } from "../values.ts"

/** The room is promised to a client for the night. */
export class RoomBooked extends Schema.TaggedClass<RoomBooked>()("RoomBooked", {
  room: Room,
  client: Client,
  date: Night
}) {}
