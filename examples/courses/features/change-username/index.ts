import { Slice } from "#domain/model/index.ts"
import { Visitor } from "#examples/courses/domain/actors.ts"
import { ChangeUsername } from "./ChangeUsername.ts"
import { scenarios } from "./scenarios.ts"

export const changeUsername = Slice.command({
  title: "Visitor changes their username",
  rules: ["Change username to a claimed username"],
  by: Visitor.puts("/mutation/change-username", "Account"),
  command: ChangeUsername,
  scenarios
})
