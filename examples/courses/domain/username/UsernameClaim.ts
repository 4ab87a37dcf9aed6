import { Schema } from "effect"
import { Projection } from "#domain/model/index.ts"
import { Timestamp } from "../Timestamp.ts"
import { AccountClosed } from "./AccountClosed.ts"
import { AccountRegistered } from "./AccountRegistered.ts"
import { UsernameChanged } from "./UsernameChanged.ts"
import { UsernameReleased } from "./UsernameReleased.ts"

/** Whether an account has a name, and when the last one gave it up. */
export const UsernameClaim = Projection.make({
  name: "UsernameClaim",
  reads: [AccountRegistered, AccountClosed, UsernameChanged, UsernameReleased],
  state: Schema.Struct({ hasAccount: Schema.Boolean, givenUpAt: Schema.optionalKey(Timestamp) }),
  initial: { hasAccount: false },
  evolve: {
    AccountRegistered: () => ({ hasAccount: true }),
    UsernameChanged: () => ({ hasAccount: true }),
    AccountClosed: (_, { closedAt }) => ({ hasAccount: false, givenUpAt: closedAt }),
    UsernameReleased: (_, { releasedAt }) => ({ hasAccount: false, givenUpAt: releasedAt })
  }
})
