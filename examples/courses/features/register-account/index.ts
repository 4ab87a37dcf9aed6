import { Slice } from "#domain/model/index.ts"
import { Visitor } from "#examples/courses/domain/actors.ts"
import { RegisterAccount } from "./RegisterAccount.ts"
import { scenarios } from "./scenarios.ts"

export const registerAccount = Slice.command({
  title: "Visitor registers an account",
  rules: ["Register account with claimed username", "Register username of closed account before retention period"],
  by: Visitor.puts("/mutation/register-account", "Account"),
  command: RegisterAccount,
  scenarios
})
