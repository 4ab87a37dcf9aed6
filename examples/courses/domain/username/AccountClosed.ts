import { Schema } from "effect"
import { Timestamp } from "../Timestamp.ts"
import { Username } from "../values.ts"

/** The account is gone; its name is free once the retention period is over. */
export class AccountClosed extends Schema.TaggedClass<AccountClosed>()("AccountClosed", {
  username: Username,
  closedAt: Timestamp
}) {}
