import { DateTime } from "effect"
import type { Scenario } from "#domain/model/index.ts"
import { AccountClosed } from "#examples/courses/domain/username/AccountClosed.ts"
import { AccountRegistered } from "#examples/courses/domain/username/AccountRegistered.ts"
import { UsernameIsClaimed } from "#examples/courses/domain/username/rejections.ts"
import { UsernameChanged } from "#examples/courses/domain/username/UsernameChanged.ts"
import { UsernameReleased } from "#examples/courses/domain/username/UsernameReleased.ts"
import type { RegisterAccount } from "./RegisterAccount.ts"

const username = "u1"
const newUsername = "u1changed"
const at = "2026-03-10T12:00:00Z"
const daysAgo = (days: number) => DateTime.formatIso(DateTime.subtract(DateTime.makeUnsafe(at), { days }))

const registered = new AccountRegistered({ username })
const closed = (days: number) => new AccountClosed({ username, closedAt: daysAgo(days) })
const released = (days: number) => new UsernameReleased({ username, newUsername, releasedAt: daysAgo(days) })

const claimed = new UsernameIsClaimed({ username })

export const scenarios: Scenario.Named<Scenario.OfCommand<typeof RegisterAccount>> = {
  "Register account with claimed username": { given: [registered], when: { username }, then: claimed },
  "Register account with unused username": { given: [], when: { username }, then: [registered] },
  // Published without a time, and before there is a retention period: any time after that period.
  "Register account with username of closed account": {
    at,
    given: [registered, closed(90)],
    when: { username },
    then: [registered]
  },
  "Register account with a username that was previously used and then changed": {
    at,
    given: [registered, released(90)],
    when: { username },
    then: [registered]
  },
  "Register account with a username that another username was changed to": {
    given: [new UsernameChanged({ username: newUsername, oldUsername: username })],
    when: { username: newUsername },
    then: new UsernameIsClaimed({ username: newUsername })
  },
  "Register username of closed account before retention period": {
    at,
    given: [registered, closed(30)],
    when: { username },
    then: claimed
  },
  "Register changed username before retention period": {
    at,
    given: [registered, released(30)],
    when: { username },
    then: claimed
  },
  "Register username of closed account after retention period": {
    at,
    given: [registered, closed(31)],
    when: { username },
    then: [registered]
  },
  "Register changed username after retention period": {
    at,
    given: [registered, released(31)],
    when: { username },
    then: [registered]
  }
}
