import { assert, describe, it } from "@effect/vitest"
import { returnAddress } from "../../web/src/sign-in/returnAddress.ts"

const origin = "https://app.example"

const otherSites = [
  "https://evil.example",
  "HTTPS://evil.example/guest",
  "http:evil.example",
  "//evil.example",
  "///evil.example",
  "/\\evil.example",
  "\\/evil.example",
  "\\\\evil.example",
  "/\t/evil.example",
  "/\n/evil.example",
  "/\r\n\\evil.example",
  "\t//evil.example",
  " //evil.example",
  "/ /evil.example",
  "/\u0000/evil.example",
  "/\u00a0/evil.example",
  "/guest\\..\\..\\evil.example",
  "javascript:alert(1)",
  "data:text/html,hello",
  "@evil.example",
  ".evil.example",
  "guest",
  "?to=/guest",
  ""
]

describe("The address to return to after signing in", () => {
  it("is a path of this origin, with its query and fragment", () => {
    const paths = [
      "/",
      "/guest",
      "/guest?room=1&night=2026-12-24",
      "/#view/Booking?row.room=1",
      "/a%20b",
      "/a//b",
      "/%2F%2Fevil.example",
      "/guest?next=//evil.example"
    ]
    for (const path of paths) assert.strictEqual(returnAddress(path, origin)?.href, `${origin}${path}`, path)
  })

  it("is no other site, however it is written", () => {
    assert.isUndefined(returnAddress(null, origin))
    for (const text of otherSites) assert.isUndefined(returnAddress(text, origin), JSON.stringify(text))
  })

  it("is whole where its path begins with two slashes, so that the host stays", () => {
    for (const text of ["/.//evil.example", "/a/..//evil.example", "/%2e//evil.example"])
      assert.strictEqual(returnAddress(text, origin)?.href, `${origin}//evil.example`, text)
  })

  it("is not the sign-in page", () => {
    for (const text of ["/sign-in", "/sign-in?to=/sign-in", "/guest/../sign-in"])
      assert.isUndefined(returnAddress(text, origin), text)
  })
})
