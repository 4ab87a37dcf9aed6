import { assert, describe, layer } from "@effect/vitest"
import { chromium } from "#test/web/support/chromium.ts"
import { visit, webLayer } from "./support/web.ts"

describe.skipIf(chromium === undefined)("The documentation of the API", () => {
  layer(webLayer({ ROOMS: "1", EVENT_LOG: "memory", LOG_LEVEL: "none" }), {
    excludeTestServices: true,
    timeout: "60 seconds"
  })("is a page", (it) => {
    it.effect(
      "without tools of other sites, without violations of its content security policy, and with a link to the wall",
      () =>
        visit(async ({ open }) => {
          const { page, errors } = await open("/docs#model/notacceptable")
          await page.getByRole("heading", { name: "NotAcceptable" }).first().waitFor()
          const text = await page.locator("body").innerText()
          assert.notMatch(text, /share|generate sdks|developer tools|open api client/iu)
          assert.strictEqual(await page.locator("html").getAttribute("lang"), "en")
          await page.getByRole("link", { name: "The wall" }).click()
          await page.waitForURL(({ pathname }) => pathname === "/")
          await page.getByRole("heading", { name: "Hotel booking" }).first().waitFor()
          assert.deepStrictEqual(errors, [])
        }),
      60_000
    )
  })
})
