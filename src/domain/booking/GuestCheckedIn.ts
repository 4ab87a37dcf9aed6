import { Schema } from "effect"
import { Client, Night, Room } from "../values.ts"

/** The guest has the key. */
export class GuestCheckedIn extends Schema.TaggedClass<GuestCheckedIn>()("GuestCheckedIn", {
  room: Room,
  client: Client,
  date: Night
}) {}
