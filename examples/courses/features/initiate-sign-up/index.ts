import { Slice } from "#domain/model/index.ts"
import { Visitor } from "#examples/courses/domain/actors.ts"
import { InitiateSignUp } from "./InitiateSignUp.ts"
import { scenarios } from "./scenarios.ts"

export const initiateSignUp = Slice.command({
  title: "Visitor signs up",
  rules: ["Initiate SignUp with a new OTP"],
  by: Visitor.puts("/mutation/initiate-sign-up", "Sign-up"),
  command: InitiateSignUp,
  scenarios
})
