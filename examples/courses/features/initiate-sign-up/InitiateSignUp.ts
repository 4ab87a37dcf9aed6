import { Schema } from "effect"
import { Command, Projection, Read } from "#domain/model/index.ts"
import { TheEmailAddress } from "#examples/courses/domain/boundaries.ts"
import { SignUpConfirmed } from "#examples/courses/domain/sign-up/SignUpConfirmed.ts"
import { SignUpInitiated } from "#examples/courses/domain/sign-up/SignUpInitiated.ts"
import { timestampOf } from "#examples/courses/domain/Timestamp.ts"
import { EmailAddress, PersonName } from "#examples/courses/domain/values.ts"

export class AlreadySignedUp extends Schema.TaggedClass<AlreadySignedUp>()(
  "AlreadySignedUp",
  { emailAddress: EmailAddress },
  { description: "This email address is confirmed already." }
) {}

const IsConfirmed = Projection.make({
  name: "IsConfirmed",
  reads: [SignUpConfirmed],
  state: Schema.Boolean,
  initial: false,
  evolve: { SignUpConfirmed: () => true }
})

/** The one-time password is a secret of the command: a repeated command gets the same one, and nobody can derive it. */
export const InitiateSignUp = Command.make({
  name: "InitiateSignUp",
  input: Schema.Struct({ emailAddress: EmailAddress, name: PersonName }),
  guards: { isConfirmed: Read.one(IsConfirmed, TheEmailAddress) },
  emits: [SignUpInitiated],
  rejects: [AlreadySignedUp],
  decide: ({ isConfirmed }, { emailAddress, name }, { ids, now }) =>
    isConfirmed
      ? new AlreadySignedUp({ emailAddress })
      : [new SignUpInitiated({ emailAddress, otp: ids.secret("otp"), name, initiatedAt: timestampOf(now) })]
})
