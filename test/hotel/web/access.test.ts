import { assert, describe, layer } from "@effect/vitest"
import type { Page } from "playwright-core"
import { violations } from "#test/web/support/axe.ts"
import { chromium } from "#test/web/support/chromium.ts"
import { lowContrastTexts } from "#test/web/support/contrast.ts"
import { day, visit, webLayer } from "./support/web.ts"

const sizes = { desk: { width: 1500, height: 900 }, phone: { width: 390, height: 844 } }

/** A state of a page: the action that leads to it, a selector that appears, and the part of the page to check. */
type State = readonly [name: string, go: (page: Page) => Promise<unknown>, there: string, part: string]

const enter = (item: string) => (page: Page) => page.locator(item).first().press("Enter")
const press = (name: string) => (page: Page) => page.getByRole("button", { name, exact: true }).click()

const pages: Readonly<Record<string, ReadonlyArray<State>>> = {
  "/": [
    ["as it is", async () => {}, ".connection.live", "body"],
    ["an event type", enter('[data-id="event/RoomBooked/2"]'), ".event-line", ".panel"],
    ["a command", enter('[data-id="command/BookRoom/2"]'), ".try", ".panel"],
    ["a dry run", press("dry run"), ".outcome .postit", ".panel"],
    ["a read model", enter('[data-id="view/Booking/3"]'), ".rows", ".panel"],
    ["an automation", enter('[data-id="automation/schedule-cleaning/4"]'), ".panel.automation .fields", ".panel"],
    ["a screen", enter(".screen"), ".panel.screen", ".panel"],
    ["a rule", enter(".rule"), ".scenario", ".panel"],
    ["the newest event", (page) => page.locator(".now button").click(), ".why li", ".panel"],
    ["the past", (page) => page.getByLabel("time", { exact: true }).fill("22"), ".here", "body"],
    ["as a table", press("table"), ".table", ".stage"]
  ],
  "/guest": [
    ["as it is", async () => {}, ".night.yours", "body"],
    ["a night", enter(".night.yours"), ".buttons", ".card"],
    ["a rejection", press("Check in"), ".notice.no", ".card"]
  ],
  "/manager": [["as it is", async () => {}, ".room", "body"]],
  "/streams": [["as it is", async () => {}, ".newest pre", "body"]]
}

describe.skipIf(chromium === undefined)("The pages", () => {
  layer(webLayer({ EVENT_LOG: "memory", ROOMS: "1-20" }), { excludeTestServices: true })("are accessible", (it) => {
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
            for (const [path, states] of Object.entries(pages)) {
              const viewport = sizes[size]
              const { page, errors } = await open(path, { colorScheme, viewport, reducedMotion: "reduce" })
              for (const [name, go, there, part] of states) {
                await go(page)
                await page.waitForSelector(there)
                assert.deepStrictEqual(await violations(page, part), [], `${path}, ${name}`)
                const wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
                assert.strictEqual(wide, false, `${path}, ${name}, is wider than its window`)
              }
              assert.deepStrictEqual(errors, [], path)
            }
          }),
        60_000
      )
    }

    for (const colorScheme of ["light", "dark"] as const) {
      it.effect(`has no text of low contrast on the wall, ${colorScheme}`, () =>
        visit(async ({ open, put }) => {
          await put("/mutation/book-room", { room: { id: 4 }, client: { id: 1 }, date: day() })
          const { page } = await open("/", { colorScheme, reducedMotion: "reduce" })
          await page.waitForSelector(".connection.live")
          assert.deepStrictEqual(await lowContrastTexts(page), [])
        })
      )
    }

    it.effect("has full names in labels, no overlapping texts, and slices as headings", () =>
      visit(async ({ open, put }) => {
        await put("/mutation/book-room", { room: { id: 5 }, client: { id: 1 }, date: day() })
        const { page } = await open("/", { viewport: sizes.phone })
        await page.waitForSelector(".connection.live")
        const screen = page.locator('[data-id="screen/Cleaning calendar/6"]')
        assert.match((await screen.textContent())!, /…/u)
        assert.match((await screen.getAttribute("aria-label"))!, /^Cleaning calendar, /u)
        const view = page.locator('[data-id="view/Booking/3"]')
        assert.include((await view.getAttribute("aria-label"))!, "room · date · availability · client")
        await page.getByRole("heading", { name: "Bot schedules cleaning for the date", exact: true }).waitFor()
        const overlaps = await page.locator(".board .note").evaluateAll((notes) =>
          notes.flatMap((note) => {
            const [last, many] = Array.from(note.querySelectorAll(".foot"))
              .filter(({ textContent }) => textContent?.trim())
              .map((text) => text.getBoundingClientRect())
            return last && many && last.right > many.left ? [note.getAttribute("data-id")] : []
          })
        )
        assert.deepStrictEqual(overlaps, [])
      })
    )

    it.effect("has no animation with prefers-reduced-motion", () =>
      visit(async ({ open, put }) => {
        const { page } = await open("/", { reducedMotion: "reduce" })
        await page.waitForSelector(".connection.live")
        await page.evaluate(
          `globalThis.dots = 0; new MutationObserver(() => dots++).observe(document.querySelector(".dots"), { childList: true })`
        )
        await put("/mutation/book-room", { room: { id: 3 }, client: { id: 1 }, date: day(1) })
        await page.waitForSelector('[data-id="view/Booking/3"].lit')
        assert.strictEqual(await page.evaluate("dots"), 0)
      })
    )
  })
})
