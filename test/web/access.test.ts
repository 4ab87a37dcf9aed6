import { assert, describe, layer } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import type { Page } from "playwright-core"
import { chromium } from "./support/chromium.ts"
import { day, visit, web } from "./support/web.ts"

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

/** What axe finds to be serious or worse, with where. Colours are looked at when nothing moves any more. */
const violations = async (page: Page): Promise<ReadonlyArray<string>> => {
  await page.waitForFunction(() => document.getAnimations().every(({ playState }) => playState !== "running"))
  await page.evaluate(axe)
  return page.evaluate(`axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] }).then(({ violations }) =>
    violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + " at " + target + ": " + failureSummary)))`)
}

const sizes = { desk: { width: 1500, height: 900 }, phone: { width: 390, height: 844 } }

/** Every state that a page has, as what is done to get there. */
const states: ReadonlyArray<readonly [name: string, path: string, go: (page: Page) => Promise<unknown>]> = [
  ["the wall", "/", (page) => page.waitForSelector(".live.live")],
  [
    "the wall, a fact",
    "/",
    (page) =>
      page
        .locator('[data-id="fact/RoomBooked/2"]')
        .press("Enter")
        .then(() => page.waitForSelector(".fact-line"))
  ],
  [
    "the wall, a command",
    "/",
    (page) =>
      page
        .locator('[data-id="command/BookRoom/2"]')
        .press("Enter")
        .then(() => page.waitForSelector(".try"))
  ],
  [
    "the wall, a read model",
    "/",
    (page) =>
      page
        .locator('[data-id="view/Booking/3"]')
        .press("Enter")
        .then(() => page.waitForSelector(".rows"))
  ],
  [
    "the wall, a gear",
    "/",
    (page) =>
      page
        .locator('[data-id="gear/schedule-cleaning/4"]')
        .press("Enter")
        .then(() => page.waitForSelector(".fields"))
  ],
  [
    "the wall, a rule",
    "/",
    (page) =>
      page
        .locator(".rule")
        .first()
        .press("Enter")
        .then(() => page.waitForSelector(".scenario"))
  ],
  [
    "the wall, its newest fact",
    "/",
    (page) =>
      page
        .locator(".now button")
        .click()
        .then(() => page.waitForSelector(".why li"))
  ],
  [
    "the wall, then",
    "/",
    (page) =>
      page
        .getByLabel("time", { exact: true })
        .fill("22")
        .then(() => page.waitForSelector(".here"))
  ],
  ["the wall, as a table", "/", (page) => page.getByRole("button", { name: "table", exact: true }).click()],
  ["the guest", "/guest", (page) => page.waitForSelector(".night.yours")],
  [
    "the guest, a night",
    "/guest",
    (page) =>
      page
        .locator(".night.yours")
        .first()
        .click()
        .then(() => page.getByRole("button", { name: "Check in" }).click())
        .then(() => page.waitForSelector(".notice"))
  ],
  ["the manager", "/manager", (page) => page.waitForSelector(".room")]
]

describe.skipIf(chromium === undefined)("The pages", () => {
  layer(web({ EVENT_LOG: "memory", ROOMS: "1-20" }), { excludeTestServices: true })(
    "can be used by everybody",
    (it) => {
      for (const [colorScheme, size] of [
        ["light", "desk"],
        ["dark", "phone"]
      ] as const) {
        it.effect(
          `${colorScheme}, at the size of a ${size}`,
          () =>
            visit(async ({ open, put }) => {
              for (const room of [1, 2])
                await put("/mutation/book-room", { room: { id: room }, client: { id: room }, date: day() })
              for (const [name, path, go] of states) {
                const viewport = sizes[size]
                const { page, wrongs } = await open(path, { colorScheme, viewport, reducedMotion: "reduce" })
                await go(page)
                assert.deepStrictEqual(await violations(page), [], name)
                assert.deepStrictEqual(wrongs, [], name)
                const wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
                assert.strictEqual(wide, false, `${name} is wider than its window`)
                await page.context().close()
              }
            }),
          60_000
        )
      }

      it.effect("moves nothing for those who want it calm", () =>
        visit(async ({ open, put }) => {
          const { page } = await open("/", { reducedMotion: "reduce" })
          await page.waitForSelector(".live.live")
          await page.evaluate(
            `globalThis.dots = 0; new MutationObserver(() => dots++).observe(document.querySelector(".dots"), { childList: true })`
          )
          await put("/mutation/book-room", { room: { id: 3 }, client: { id: 1 }, date: day(1) })
          await page.waitForSelector('[data-id="view/Booking/3"].lit')
          assert.strictEqual(await page.evaluate("dots"), 0)
        })
      )
    }
  )
})
