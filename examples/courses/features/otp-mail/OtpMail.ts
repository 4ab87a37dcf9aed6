import { Schema } from "effect"
import { EmailAddress, Otp, PersonName } from "#examples/courses/domain/values.ts"

export class OtpMail extends Schema.TaggedClass<OtpMail>()(
  "OtpMail",
  { emailAddress: EmailAddress, name: PersonName, otp: Otp },
  { description: "Asks the owner of an email address to confirm their sign-up with the one-time password" }
) {}
