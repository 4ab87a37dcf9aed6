import type { Scenario } from "#domain/model/index.ts"
import { SignUpConfirmed } from "#examples/courses/domain/sign-up/SignUpConfirmed.ts"
import { SignUpInitiated } from "#examples/courses/domain/sign-up/SignUpInitiated.ts"
import { AlreadySignedUp, type InitiateSignUp } from "./InitiateSignUp.ts"

const emailAddress = "john.doe@example.com"
const name = "John Doe"

export const scenarios: Scenario.Named<Scenario.OfCommand<typeof InitiateSignUp>> = {
  "Initiate SignUp with a new OTP": {
    at: "2026-03-10T12:00:00Z",
    ids: { otp: "444444" },
    given: [],
    when: { emailAddress, name },
    then: [new SignUpInitiated({ emailAddress, otp: "444444", name, initiatedAt: "2026-03-10T12:00:00.000Z" })]
  },
  "Initiate SignUp for a confirmed email address": {
    given: [new SignUpConfirmed({ emailAddress, otp: "444444", name })],
    when: { emailAddress, name },
    then: new AlreadySignedUp({ emailAddress })
  }
}
