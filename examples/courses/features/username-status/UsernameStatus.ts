import { Schema } from "effect"
import { Projection } from "#domain/model/index.ts"
import { Timestamp } from "#examples/courses/domain/Timestamp.ts"
import { AccountClosed } from "#examples/courses/domain/username/AccountClosed.ts"
import { AccountRegistered } from "#examples/courses/domain/username/AccountRegistered.ts"
import { UsernameChanged } from "#examples/courses/domain/username/UsernameChanged.ts"
import { UsernameReleased } from "#examples/courses/domain/username/UsernameReleased.ts"

export const UsernameStatus = Projection.make({
  name: "UsernameStatus",
  reads: [AccountRegistered, AccountClosed, UsernameChanged, UsernameReleased],
  state: Schema.Struct({
    status: Schema.Literals(["unused", "claimed", "given up"]),
    givenUpAt: Schema.optionalKey(Timestamp)
  }),
  initial: { status: "unused" },
  evolve: {
    AccountRegistered: () => ({ status: "claimed" }),
    UsernameChanged: () => ({ status: "claimed" }),
    AccountClosed: (_, { closedAt }) => ({ status: "given up", givenUpAt: closedAt }),
    UsernameReleased: (_, { releasedAt }) => ({ status: "given up", givenUpAt: releasedAt })
  }
})
