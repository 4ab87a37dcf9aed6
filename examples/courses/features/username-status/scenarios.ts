import type { Scenario } from "#domain/model/index.ts"
import { AccountClosed } from "#examples/courses/domain/username/AccountClosed.ts"
import { AccountRegistered } from "#examples/courses/domain/username/AccountRegistered.ts"
import { UsernameChanged } from "#examples/courses/domain/username/UsernameChanged.ts"
import { UsernameReleased } from "#examples/courses/domain/username/UsernameReleased.ts"
import type { Username } from "#examples/courses/domain/values.ts"
import type { UsernameStatus } from "./UsernameStatus.ts"

const username = "u1"
const newUsername = "u1changed"
const givenUpAt = "2026-03-10T12:00:00.000Z"
const changed = [
  new AccountRegistered({ username }),
  new UsernameReleased({ username, newUsername, releasedAt: givenUpAt }),
  new UsernameChanged({ username: newUsername, oldUsername: username })
]

export const scenarios: Scenario.Named<Scenario.OfView<typeof UsernameStatus, { readonly username: typeof Username }>> =
  {
    "a username that nobody had is unused": { given: [], at: { username }, then: { status: "unused" } },
    "a username is claimed until its account gives it up": {
      given: [new AccountRegistered({ username }), new AccountClosed({ username, closedAt: givenUpAt })],
      at: { username },
      then: { status: "given up", givenUpAt }
    },
    "a changed username is given up": { given: changed, at: { username }, then: { status: "given up", givenUpAt } },
    "the new username is claimed": { given: changed, at: { username: newUsername }, then: { status: "claimed" } }
  }
