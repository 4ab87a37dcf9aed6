import { Lane } from "#domain/model/index.ts"
import { TheUsername } from "../boundaries.ts"
import { AccountClosed } from "./AccountClosed.ts"
import { AccountRegistered } from "./AccountRegistered.ts"
import { UsernameChanged } from "./UsernameChanged.ts"
import { UsernameReleased } from "./UsernameReleased.ts"

/** The names of accounts. */
export const Usernames = Lane.make({
  title: "Usernames",
  name: "usernames",
  prefix: "username",
  boundary: TheUsername,
  events: [AccountRegistered, AccountClosed, UsernameChanged, UsernameReleased],
  retention: { maxBytes: "64 MiB" }
})
