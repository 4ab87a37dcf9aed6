import { Slice } from "#domain/model/index.ts"
import { Mailer } from "#examples/courses/domain/actors.ts"
import { SignUpInitiated } from "#examples/courses/domain/sign-up/SignUpInitiated.ts"
import { OtpMail } from "./OtpMail.ts"
import { scenarios } from "./scenarios.ts"

export const otpMail = Slice.messageAutomation({
  title: "Mailer sends the one-time password",
  rules: ["the one-time password is sent to the email address"],
  name: "otp-mail",
  by: Mailer,
  when: [SignUpInitiated],
  sends: [OtpMail],
  react: ({ emailAddress, name, otp }) => [new OtpMail({ emailAddress, name, otp })],
  scenarios
})
