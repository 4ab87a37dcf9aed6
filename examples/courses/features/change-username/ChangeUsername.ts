import { Schema } from "effect"
import { Command, Read } from "#domain/model/index.ts"
import { TheUsername } from "#examples/courses/domain/boundaries.ts"
import { timestampOf } from "#examples/courses/domain/Timestamp.ts"
import { AccountDoesNotExist, UsernameIsClaimed } from "#examples/courses/domain/username/rejections.ts"
import { isClaimed } from "#examples/courses/domain/username/retention.ts"
import { UsernameChanged } from "#examples/courses/domain/username/UsernameChanged.ts"
import { UsernameClaim } from "#examples/courses/domain/username/UsernameClaim.ts"
import { UsernameReleased } from "#examples/courses/domain/username/UsernameReleased.ts"
import { Username } from "#examples/courses/domain/values.ts"

/** Guards both names, and adds an event to each: neither can be taken or given up meanwhile. */
export const ChangeUsername = Command.make({
  name: "ChangeUsername",
  input: Schema.Struct({ oldUsername: Username, newUsername: Username }),
  guards: {
    old: Read.at(UsernameClaim, TheUsername, { username: "oldUsername" }),
    new: Read.at(UsernameClaim, TheUsername, { username: "newUsername" })
  },
  emits: [UsernameChanged, UsernameReleased],
  rejects: [AccountDoesNotExist, UsernameIsClaimed],
  decide: (claims, { newUsername, oldUsername }, { now }) => {
    if (!claims.old.hasAccount) return new AccountDoesNotExist({ username: oldUsername })
    if (isClaimed(claims.new, now)) return new UsernameIsClaimed({ username: newUsername })
    return [
      new UsernameReleased({ username: oldUsername, newUsername, releasedAt: timestampOf(now) }),
      new UsernameChanged({ username: newUsername, oldUsername })
    ]
  }
})
