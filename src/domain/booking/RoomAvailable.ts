import { Night, Room } from "#domain/words.ts"
import { Schema } from "effect"

/** The room is clean and waits for its guest. */
export class RoomAvailable extends Schema.TaggedClass<RoomAvailable>()("RoomAvailable", { room: Room, date: Night }) {}
