import { Schema } from "effect"
import { Projection } from "#domain/model/index.ts"
import { SignUpConfirmed } from "#examples/courses/domain/sign-up/SignUpConfirmed.ts"
import { SignUpInitiated } from "#examples/courses/domain/sign-up/SignUpInitiated.ts"
import { PersonName } from "#examples/courses/domain/values.ts"

/** Without the one-time password: only the owner of the email address gets it. */
export const SignUpStatus = Projection.make({
  name: "SignUpStatus",
  reads: [SignUpInitiated, SignUpConfirmed],
  state: Schema.Struct({
    status: Schema.Literals(["none", "pending", "confirmed"]),
    name: Schema.optionalKey(PersonName)
  }),
  initial: { status: "none" },
  evolve: {
    SignUpInitiated: (_, { name }) => ({ status: "pending", name }),
    SignUpConfirmed: (_, { name }) => ({ status: "confirmed", name })
  }
})
