import type { Scenario } from "#domain/model/index.ts"
import { AccountClosed } from "#examples/courses/domain/username/AccountClosed.ts"
import { AccountRegistered } from "#examples/courses/domain/username/AccountRegistered.ts"
import { AccountDoesNotExist } from "#examples/courses/domain/username/rejections.ts"
import type { CloseAccount } from "./CloseAccount.ts"

const username = "u1"
const closed = new AccountClosed({ username, closedAt: "2026-03-10T12:00:00.000Z" })
const registered = new AccountRegistered({ username })

export const scenarios: Scenario.Named<Scenario.OfCommand<typeof CloseAccount>> = {
  "Close an account": { at: "2026-03-10T12:00:00Z", given: [registered], when: { username }, then: [closed] },
  "Close an account twice": {
    given: [registered, closed],
    when: { username },
    then: new AccountDoesNotExist({ username })
  }
}
