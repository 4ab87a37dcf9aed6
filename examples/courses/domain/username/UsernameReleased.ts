import { Schema } from "effect"
import { Timestamp } from "../Timestamp.ts"
import { Username } from "../values.ts"

/** The account that had this name has another one; this name is free once the retention period is over. */
export class UsernameReleased extends Schema.TaggedClass<UsernameReleased>()("UsernameReleased", {
  username: Username,
  newUsername: Username,
  releasedAt: Timestamp
}) {}
