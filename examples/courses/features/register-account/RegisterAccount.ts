import { Schema } from "effect"
import { Command, Read } from "#domain/model/index.ts"
import { TheUsername } from "#examples/courses/domain/boundaries.ts"
import { AccountRegistered } from "#examples/courses/domain/username/AccountRegistered.ts"
import { UsernameIsClaimed } from "#examples/courses/domain/username/rejections.ts"
import { isClaimed } from "#examples/courses/domain/username/retention.ts"
import { UsernameClaim } from "#examples/courses/domain/username/UsernameClaim.ts"
import { Username } from "#examples/courses/domain/values.ts"

export const RegisterAccount = Command.make({
  name: "RegisterAccount",
  input: Schema.Struct({ username: Username }),
  guards: { claim: Read.one(UsernameClaim, TheUsername) },
  emits: [AccountRegistered],
  rejects: [UsernameIsClaimed],
  decide: ({ claim }, { username }, { now }) =>
    isClaimed(claim, now) ? new UsernameIsClaimed({ username }) : [new AccountRegistered({ username })]
})
