import { Slice } from "#domain/model/index.ts"
import { Visitor } from "#examples/courses/domain/actors.ts"
import { ConfirmSignUp } from "./ConfirmSignUp.ts"
import { scenarios } from "./scenarios.ts"

export const confirmSignUp = Slice.command({
  title: "Visitor confirms their email address",
  rules: ["Confirm SignUp for already used OTP", "Confirm SignUp for expired OTP"],
  by: Visitor.puts("/mutation/confirm-sign-up", "Sign-up"),
  command: ConfirmSignUp,
  scenarios
})
