import { Schema } from "effect"
import { Client, Night, Room } from "../values.ts"

/** The client does not come: the room is free again for the night. */
export class BookingCancelled extends Schema.TaggedClass<BookingCancelled>()("BookingCancelled", {
  room: Room,
  client: Client,
  date: Night
}) {}
