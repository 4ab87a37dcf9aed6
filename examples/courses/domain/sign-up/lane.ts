import { Lane } from "#domain/model/index.ts"
import { TheEmailAddress } from "../boundaries.ts"
import { SignUpConfirmed } from "./SignUpConfirmed.ts"
import { SignUpInitiated } from "./SignUpInitiated.ts"

export const SignUps = Lane.make({
  title: "Sign-ups",
  name: "sign-ups",
  prefix: "sign-up",
  boundary: TheEmailAddress,
  events: [SignUpInitiated, SignUpConfirmed],
  retention: { maxBytes: "64 MiB" }
})
