import type { Scenario } from "#domain/model/index.ts"
import { SignUpConfirmed } from "#examples/courses/domain/sign-up/SignUpConfirmed.ts"
import { SignUpInitiated } from "#examples/courses/domain/sign-up/SignUpInitiated.ts"
import { type ConfirmSignUp, NoPendingSignUp, OtpAlreadyUsed, OtpExpired } from "./ConfirmSignUp.ts"

const john = "john.doe@example.com"
const jane = "jane.doe@example.com"
const name = "John Doe"
const at = "2026-03-10T12:00:00Z"

const initiated = (otp: string, time: string, emailAddress = john) =>
  new SignUpInitiated({ emailAddress, otp, name, initiatedAt: `2026-03-10T${time}:00.000Z` })
const confirmed = (otp: string) => new SignUpConfirmed({ emailAddress: john, otp, name })

export const scenarios: Scenario.Named<Scenario.OfCommand<typeof ConfirmSignUp>> = {
  "Confirm SignUp for non-existing OTP": {
    given: [],
    when: { emailAddress: john, otp: "000000" },
    then: new NoPendingSignUp({ emailAddress: john })
  },
  // Published with John's sign-up. Jane's boundary does not have it, so here she has one with another OTP.
  "Confirm SignUp for OTP assigned to different email address": {
    at,
    given: [initiated("555555", "12:00", jane)],
    when: { emailAddress: jane, otp: "111111" },
    then: new NoPendingSignUp({ emailAddress: jane })
  },
  "Confirm SignUp for already used OTP": {
    at,
    given: [initiated("222222", "12:00"), confirmed("222222")],
    when: { emailAddress: john, otp: "222222" },
    then: new OtpAlreadyUsed({ emailAddress: john })
  },
  "Confirm SignUp for valid OTP": {
    at,
    given: [initiated("444444", "12:00")],
    when: { emailAddress: john, otp: "444444" },
    then: [confirmed("444444")]
  },
  // Published with another OTP than the expired one, and so with this rejection.
  "Confirm SignUp for expired OTP": {
    at,
    given: [initiated("333333", "10:59")],
    when: { emailAddress: john, otp: "000000" },
    then: new NoPendingSignUp({ emailAddress: john })
  },
  "an OTP expires after 60 minutes": {
    at,
    given: [initiated("333333", "10:59")],
    when: { emailAddress: john, otp: "333333" },
    then: new OtpExpired({ emailAddress: john })
  },
  "an OTP is valid for 60 minutes": {
    at,
    given: [initiated("333333", "11:00")],
    when: { emailAddress: john, otp: "333333" },
    then: [confirmed("333333")]
  }
}
