import { Client, Night, Room } from "#domain/words.ts"
import { Schema } from "effect"

/** The guest has the key. */
export class GuestCheckedIn extends Schema.TaggedClass<GuestCheckedIn>()("GuestCheckedIn", {
  room: Room,
  client: Client,
  date: Night
}) {}
