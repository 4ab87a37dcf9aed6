import { Schema } from "effect"
import { Timestamp } from "../Timestamp.ts"
import { EmailAddress, Otp, PersonName } from "../values.ts"

/** Somebody wants to sign up; the owner of the email address has to confirm it by the one-time password. */
export class SignUpInitiated extends Schema.TaggedClass<SignUpInitiated>()("SignUpInitiated", {
  emailAddress: EmailAddress,
  otp: Otp,
  name: PersonName,
  initiatedAt: Timestamp
}) {}
