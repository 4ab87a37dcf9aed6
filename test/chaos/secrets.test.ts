import { assert, describe, it } from "@effect/vitest"
import { SignUpInitiated } from "#examples/courses/domain/sign-up/SignUpInitiated.ts"
import { courseExamples } from "#examples/courses/index.ts"
import { boardEvidence } from "#test/support/boardEvidence.ts"
import { EvidenceIndex } from "../../chaos/checker/Evidence.ts"
import { oracle } from "../../chaos/checker/oracle.ts"
import { coursesInvariants } from "../../chaos/load/courses/coursesInvariants.ts"

const { evidenceOf, logOf } = boardEvidence(courseExamples)
const input = { emailAddress: "ann@example.com", name: "Ann" }
const initiated = (key: string, otp: string, initiatedAt = "2022-12-12T10:00:00.000Z") => ({
  key,
  command: "InitiateSignUp",
  input,
  events: [new SignUpInitiated({ ...input, otp, initiatedAt })]
})
const secret = "s".repeat(43)
const reasons = (...steps: Parameters<typeof logOf>[0]) =>
  oracle(courseExamples, logOf(steps)).map(({ reason }) => reason)

describe("The checker of secrets", () => {
  it("accepts a secret that it cannot derive", () => {
    assert.deepStrictEqual(reasons(initiated("a", secret)), [])
  })

  it("finds a secret of another form, and a wrong field beside a secret", () => {
    assert.deepStrictEqual(reasons(initiated("a", "123456")), ["its rule gives SignUpInitiated"])
    assert.deepStrictEqual(reasons(initiated("a", secret, "2022-12-12T11:00:00.000Z")), [
      "its rule gives SignUpInitiated"
    ])
  })

  it("finds a one-time password that two sign-ups have (C5)", () => {
    const index = new EvidenceIndex(evidenceOf([initiated("a", secret), initiated("b", secret)]))
    assert.deepStrictEqual(
      coursesInvariants.flatMap((invariant) => invariant.check(index).map(() => invariant.name)),
      ["C5"]
    )
  })
})
