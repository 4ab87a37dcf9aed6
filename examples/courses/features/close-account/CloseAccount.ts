import { Schema } from "effect"
import { Command, Read } from "#domain/model/index.ts"
import { TheUsername } from "#examples/courses/domain/boundaries.ts"
import { timestampOf } from "#examples/courses/domain/Timestamp.ts"
import { AccountClosed } from "#examples/courses/domain/username/AccountClosed.ts"
import { AccountDoesNotExist } from "#examples/courses/domain/username/rejections.ts"
import { UsernameClaim } from "#examples/courses/domain/username/UsernameClaim.ts"
import { Username } from "#examples/courses/domain/values.ts"

export const CloseAccount = Command.make({
  name: "CloseAccount",
  input: Schema.Struct({ username: Username }),
  guards: { claim: Read.one(UsernameClaim, TheUsername) },
  emits: [AccountClosed],
  rejects: [AccountDoesNotExist],
  decide: ({ claim }, { username }, { now }) =>
    claim.hasAccount
      ? [new AccountClosed({ username, closedAt: timestampOf(now) })]
      : new AccountDoesNotExist({ username })
})
