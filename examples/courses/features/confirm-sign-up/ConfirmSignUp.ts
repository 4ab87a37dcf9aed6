import { Schema } from "effect"
import { Command, Projection, Read } from "#domain/model/index.ts"
import { TheEmailAddress } from "#examples/courses/domain/boundaries.ts"
import { SignUpConfirmed } from "#examples/courses/domain/sign-up/SignUpConfirmed.ts"
import { SignUpInitiated } from "#examples/courses/domain/sign-up/SignUpInitiated.ts"
import { isWithin, Timestamp } from "#examples/courses/domain/Timestamp.ts"
import { EmailAddress, Otp, PersonName } from "#examples/courses/domain/values.ts"

export class NoPendingSignUp extends Schema.TaggedClass<NoPendingSignUp>()(
  "NoPendingSignUp",
  { emailAddress: EmailAddress },
  { description: "No pending sign-up for this one-time password and email address. Sign up first." }
) {}

export class OtpAlreadyUsed extends Schema.TaggedClass<OtpAlreadyUsed>()(
  "OtpAlreadyUsed",
  { emailAddress: EmailAddress },
  { description: "This one-time password was used already: the email address is confirmed." }
) {}

export class OtpExpired extends Schema.TaggedClass<OtpExpired>()(
  "OtpExpired",
  { emailAddress: EmailAddress },
  { description: "This one-time password has expired after an hour. Sign up again." }
) {}

const lifetime = "60 minutes"

const PendingSignUps = Projection.make({
  name: "PendingSignUps",
  reads: [SignUpInitiated, SignUpConfirmed],
  state: Schema.Array(Schema.Struct({ otp: Otp, name: PersonName, initiatedAt: Timestamp, isUsed: Schema.Boolean })),
  initial: [],
  evolve: {
    SignUpInitiated: (signUps, { initiatedAt, name, otp }) => [...signUps, { otp, name, initiatedAt, isUsed: false }],
    SignUpConfirmed: (signUps, { otp }) => signUps.map((each) => (each.otp === otp ? { ...each, isUsed: true } : each))
  }
})

export const ConfirmSignUp = Command.make({
  name: "ConfirmSignUp",
  input: Schema.Struct({ emailAddress: EmailAddress, otp: Otp }),
  guards: { signUps: Read.one(PendingSignUps, TheEmailAddress) },
  emits: [SignUpConfirmed],
  rejects: [NoPendingSignUp, OtpAlreadyUsed, OtpExpired],
  decide: ({ signUps }, { emailAddress, otp }, { now }) => {
    const signUp = signUps.find((each) => each.otp === otp)
    if (!signUp) return new NoPendingSignUp({ emailAddress })
    if (signUp.isUsed) return new OtpAlreadyUsed({ emailAddress })
    if (!isWithin(lifetime, signUp.initiatedAt, now)) return new OtpExpired({ emailAddress })
    return [new SignUpConfirmed({ emailAddress, otp, name: signUp.name })]
  }
})
