import { Schema } from "effect"
import { Night, Room } from "../values.ts"

/** The room is clean and ready for its guest. */
export class RoomAvailable extends Schema.TaggedClass<RoomAvailable>()("RoomAvailable", { room: Room, date: Night }) {}
