import { Slice } from "#domain/model/index.ts"
import { Visitor } from "#examples/courses/domain/actors.ts"
import { CloseAccount } from "./CloseAccount.ts"
import { scenarios } from "./scenarios.ts"

export const closeAccount = Slice.command({
  title: "Visitor closes their account",
  rules: ["Close an account"],
  by: Visitor.puts("/mutation/close-account", "Account"),
  command: CloseAccount,
  scenarios
})
