import { Schema } from "effect"
import { EmailAddress, Otp, PersonName } from "../values.ts"

/** The owner of the email address has signed up. The one-time password is used. */
export class SignUpConfirmed extends Schema.TaggedClass<SignUpConfirmed>()("SignUpConfirmed", {
  emailAddress: EmailAddress,
  otp: Otp,
  name: PersonName
}) {}
