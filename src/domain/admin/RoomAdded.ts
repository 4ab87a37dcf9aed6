import { Room } from "#domain/words.ts"
import { Schema } from "effect"

/** The hotel has a room to sell. */
export class RoomAdded extends Schema.TaggedClass<RoomAdded>()("RoomAdded", { room: Room }) {}
