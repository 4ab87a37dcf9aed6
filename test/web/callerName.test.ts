import { assert, describe, it } from "@effect/vitest"
import { callerName, type Session } from "../../web/src/api/session.ts"

const session: Session = {
  authentication: "tokens",
  roles: [
    { name: "Student", claims: ["student", "course"] },
    { name: "Teacher", claims: ["course"] },
    { name: "Operator", claims: [] }
  ],
  caller: null
}

const nameOf = (roles: ReadonlyArray<string>, claims: Readonly<Record<string, string>> = {}) =>
  callerName(session, { subject: "idp|42", roles, claims, expiresAt: "2026-12-24T18:00:00.000Z" })

describe("The name of a caller", () => {
  it("is the roles of the board, with the claims that they need", () => {
    assert.strictEqual(nameOf(["Operator"], { email: "ann@example.com" }), "Operator")
    assert.strictEqual(nameOf(["Student"], { student: "7", email: "ann@example.com" }), "Student, student 7")
    assert.strictEqual(
      nameOf(["Teacher", "Student", "Other"], { course: "logic", student: "7" }),
      "Student and Teacher, student 7, course logic"
    )
  })

  it("is the subject without a role of the board", () => {
    assert.strictEqual(nameOf(["Other"], { student: "7" }), "idp|42")
    assert.strictEqual(nameOf([]), "idp|42")
  })
})
