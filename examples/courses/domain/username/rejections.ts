import { Schema } from "effect"
import { Username } from "../values.ts"

export class UsernameIsClaimed extends Schema.TaggedClass<UsernameIsClaimed>()(
  "UsernameIsClaimed",
  { username: Username },
  { description: "Another account has this name, or had it in the last 30 days. Choose another name." }
) {}

export class AccountDoesNotExist extends Schema.TaggedClass<AccountDoesNotExist>()(
  "AccountDoesNotExist",
  { username: Username },
  { description: "No account has this name." }
) {}
