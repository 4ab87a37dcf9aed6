import { Slice } from "#domain/model/index.ts"
import { Visitor } from "#examples/courses/domain/actors.ts"
import { EmailAddress } from "#examples/courses/domain/values.ts"
import { scenarios } from "./scenarios.ts"
import { SignUpStatus } from "./SignUpStatus.ts"

export const signUpStatus = Slice.view({
  title: "Visitor looks at their sign-up",
  rules: ["a sign-up is pending until it is confirmed"],
  by: Visitor.gets("/sign-ups/:emailAddress", "Sign-up"),
  shows: SignUpStatus,
  key: { emailAddress: EmailAddress },
  scenarios
})
