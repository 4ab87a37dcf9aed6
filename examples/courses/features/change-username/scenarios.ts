import type { Scenario } from "#domain/model/index.ts"
import { AccountRegistered } from "#examples/courses/domain/username/AccountRegistered.ts"
import { AccountDoesNotExist, UsernameIsClaimed } from "#examples/courses/domain/username/rejections.ts"
import { UsernameChanged } from "#examples/courses/domain/username/UsernameChanged.ts"
import { UsernameReleased } from "#examples/courses/domain/username/UsernameReleased.ts"
import type { ChangeUsername } from "./ChangeUsername.ts"

const oldUsername = "u1"
const newUsername = "u1changed"
const at = "2026-03-10T12:00:00Z"
const registered = new AccountRegistered({ username: oldUsername })
const when = { oldUsername, newUsername }

export const scenarios: Scenario.Named<Scenario.OfCommand<typeof ChangeUsername>> = {
  "Change username to an unused username": {
    at,
    given: [registered],
    when,
    then: [
      new UsernameReleased({ username: oldUsername, newUsername, releasedAt: "2026-03-10T12:00:00.000Z" }),
      new UsernameChanged({ username: newUsername, oldUsername })
    ]
  },
  "Change username to a claimed username": {
    given: [registered, new AccountRegistered({ username: newUsername })],
    when,
    then: new UsernameIsClaimed({ username: newUsername })
  },
  "Change username to the same username": {
    given: [registered],
    when: { oldUsername, newUsername: oldUsername },
    then: new UsernameIsClaimed({ username: oldUsername })
  },
  "Change username of an account that does not exist": {
    given: [],
    when,
    then: new AccountDoesNotExist({ username: oldUsername })
  }
}
