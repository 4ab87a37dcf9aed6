import type { Scenario } from "#domain/model/index.ts"
import { SignUpConfirmed } from "#examples/courses/domain/sign-up/SignUpConfirmed.ts"
import { SignUpInitiated } from "#examples/courses/domain/sign-up/SignUpInitiated.ts"
import type { EmailAddress } from "#examples/courses/domain/values.ts"
import type { SignUpStatus } from "./SignUpStatus.ts"

const emailAddress = "john.doe@example.com"
const name = "John Doe"
const signUp = { emailAddress, otp: "444444", name }
const initiated = new SignUpInitiated({ ...signUp, initiatedAt: "2026-03-10T12:00:00.000Z" })

export const scenarios: Scenario.Named<
  Scenario.OfView<typeof SignUpStatus, { readonly emailAddress: typeof EmailAddress }>
> = {
  "a sign-up is pending until it is confirmed": {
    given: [initiated],
    at: { emailAddress },
    then: { status: "pending", name }
  },
  "a confirmed sign-up": {
    given: [initiated, new SignUpConfirmed(signUp)],
    at: { emailAddress },
    then: { status: "confirmed", name }
  }
}
