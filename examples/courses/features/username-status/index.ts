import { Slice } from "#domain/model/index.ts"
import { Visitor } from "#examples/courses/domain/actors.ts"
import { Username } from "#examples/courses/domain/values.ts"
import { scenarios } from "./scenarios.ts"
import { UsernameStatus } from "./UsernameStatus.ts"

export const usernameStatus = Slice.view({
  title: "Visitor looks for a username",
  rules: ["a username is claimed until its account gives it up"],
  by: Visitor.gets("/usernames/:username", "Account"),
  shows: UsernameStatus,
  key: { username: Username },
  scenarios
})
