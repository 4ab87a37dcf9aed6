import { assert, describe, layer } from "@effect/vitest"
import type { Page } from "playwright-core"
import { violations } from "#test/web/support/axe.ts"
import { chromium } from "#test/web/support/chromium.ts"
import { day, visit, webLayer } from "./support/web.ts"

const option = (page: Page, text: string) => page.getByRole("option").filter({ hasText: text })
const field = (page: Page) => page.getByRole("combobox", { name: "Search" })
const heading = (page: Page, name: string) => page.getByRole("heading", { name, exact: true }).waitFor()

/** Texts in a part of the page with a date broken across lines. */
const broken = (page: Page, part: string): Promise<ReadonlyArray<string>> =>
  page.evaluate((part) => {
    const walker = document.createTreeWalker(document.querySelector(part)!, NodeFilter.SHOW_TEXT)
    const found: Array<string> = []
    while (walker.nextNode()) {
      const text = walker.currentNode.textContent ?? ""
      for (const { 0: date, index } of text.matchAll(/\d{4}-\d{2}-\d{2}/gu)) {
        const range = document.createRange()
        range.setStart(walker.currentNode, index)
        range.setEnd(walker.currentNode, index + date.length)
        const lines = new Set(Array.from(range.getClientRects(), ({ top }) => Math.round(top)))
        if (lines.size > 1) found.push(text)
      }
    }
    return found
  }, part)

describe.skipIf(chromium === undefined)("The wall's search", () => {
  layer(webLayer({ EVENT_LOG: "memory", ROOMS: "1-60" }), { excludeTestServices: true })("finds", (it) => {
    it.effect(
      "the matches of a text in groups, and opens them with the keyboard and with the pointer",
      () =>
        visit(async ({ app, open, put }) => {
          const booking = { room: { id: 2 }, client: { id: 7 }, date: day() }
          await put("/mutation/book-room", booking)
          const { page, errors } = await open("/")
          await page.waitForSelector(".connection.live")

          await page.keyboard.press("/")
          await page.keyboard.type("room 2")
          await option(page, `room 2 · date ${day()}`).waitFor()
          await page.getByText(/^Rows of Booking$/u).waitFor()
          assert.deepStrictEqual(await violations(page, "body"), [])
          await page.keyboard.press("ArrowDown")
          const active = await field(page).getAttribute("aria-activedescendant")
          assert.include(await page.locator(`[id='${active}']`).textContent(), "room 2")
          await page.keyboard.press("Enter")
          await heading(page, `Booking: room 2 · date ${day()}`)
          assert.strictEqual(await page.getByRole("option").count(), 0)
          // A row links to its events, up to the newest one in it.
          await page.locator(".panel .event-line", { hasText: "RoomBooked" }).click()
          const position = (await page.locator(".panel h2").textContent())!.replace("Position ", "")

          for (const [text, found, title] of [
            [position, `RoomBooked at position ${position}`, `Position ${position}`],
            [`2_${day()}`, "last CleanUpScheduled", `2_${day()}`],
            ["client 7", `room 2 · date ${day()}`, `Booking: room 2 · date ${day()}`],
            ["checkin", "CheckIn", "CheckIn"],
            ["must be booked this day", "the room must be booked this day", "the room must be booked this day"]
          ] as const) {
            await field(page).fill(text)
            await option(page, found).first().click()
            await heading(page, title)
          }

          await field(page).fill("no such text anywhere")
          await page.getByText("Nothing found").waitFor()
          await page.getByText(/after the name of their field \(room, /u).waitFor()
          await page.keyboard.press("Escape")
          assert.isTrue(await page.getByText("Nothing found").isHidden())
          await page.keyboard.press("Escape")
          assert.strictEqual(await field(page).inputValue(), "")

          // The page shows that it is searching, and why a search failed.
          let answer: (() => void) | undefined
          const requested = new Promise<void>((resolve) => {
            void page.route("**/search?*", async (route) => {
              resolve()
              await new Promise<void>((go) => (answer = go))
              const json = {
                status: 503,
                code: "ScanTooLong",
                title: "Scan too long",
                detail: "It was not read in time."
              }
              await route.fulfill({ status: 503, contentType: "application/problem+json", json })
            })
          })
          await field(page).fill("room 3")
          await page.getByText("Searching…").waitFor()
          await requested
          answer!()
          await page.getByRole("alert").filter({ hasText: "It was not read in time." }).waitFor()
          await page.unroute("**/search?*")
          assert.deepStrictEqual(
            errors.filter((wrong) => !wrong.includes("503")),
            []
          )
          assert.isString(app.url)
        }),
      60_000
    )

    it.effect(
      "rows page by page, and breaks no date across lines",
      () =>
        visit(async ({ open, put }) => {
          for (let room = 3; room <= 60; room++) {
            await put("/mutation/book-room", { room: { id: room }, client: { id: 8 }, date: day(1) })
          }
          const { page, errors } = await open("/", { viewport: { width: 390, height: 844 } })
          await page.locator('[data-id="view/Booking/3"]').click()
          await page.getByText("rows 1 to 50").waitFor()
          assert.isTrue(await page.getByRole("button", { name: "previous" }).isDisabled())
          await page.getByRole("button", { name: "next", exact: true }).click()
          await page.getByText(/^rows 51 to 5\d$/u).waitFor()
          assert.isTrue(await page.getByRole("button", { name: "next", exact: true }).isDisabled())
          await page.getByRole("link", { name: `room 60 · date ${day(1)}: the row and its events` }).click()
          await page.locator(".panel .event-line", { hasText: "RoomBooked" }).waitFor()
          assert.deepStrictEqual(await broken(page, ".panel"), [])
          await page.locator(".panel .event-line").first().click()
          await page.locator(".panel .why .event-line").first().waitFor()
          assert.deepStrictEqual(await broken(page, ".panel"), [])
          await field(page).fill(day(1))
          await page.getByRole("option").first().waitFor()
          assert.deepStrictEqual(await broken(page, ".found"), [])
          assert.deepStrictEqual(errors, [])
        }),
      60_000
    )
  })
})
