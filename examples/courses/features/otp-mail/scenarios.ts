import type { Scenario } from "#domain/model/index.ts"
import { SignUpInitiated } from "#examples/courses/domain/sign-up/SignUpInitiated.ts"
import { OtpMail } from "./OtpMail.ts"

const mail = { emailAddress: "john.doe@example.com", name: "John Doe", otp: "444444" }

export const scenarios: Scenario.Named<
  Scenario.OfMessages<ReadonlyArray<typeof SignUpInitiated>, ReadonlyArray<typeof OtpMail>>
> = {
  "the one-time password is sent to the email address": {
    when: new SignUpInitiated({ ...mail, initiatedAt: "2026-03-10T12:00:00.000Z" }),
    then: [new OtpMail(mail)]
  }
}
