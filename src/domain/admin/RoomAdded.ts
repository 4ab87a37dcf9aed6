import { Schema } from "effect"
import { Room } from "../values.ts"

/** The hotel has a room to sell. */
export class RoomAdded extends Schema.TaggedClass<RoomAdded>()("RoomAdded", { room: Room }) {}
