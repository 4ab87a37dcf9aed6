import { Schema } from "effect"
import { Username } from "../values.ts"

/** Somebody has an account of this name. */
export class AccountRegistered extends Schema.TaggedClass<AccountRegistered>()("AccountRegistered", {
  username: Username
}) {}
