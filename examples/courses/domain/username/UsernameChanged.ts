import { Schema } from "effect"
import { Username } from "../values.ts"

/** An account has this name from now on. */
export class UsernameChanged extends Schema.TaggedClass<UsernameChanged>()("UsernameChanged", {
  username: Username,
  oldUsername: Username
}) {}
