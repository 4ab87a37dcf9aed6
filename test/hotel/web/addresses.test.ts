import { assert, describe, layer } from "@effect/vitest"
import type { Page } from "playwright-core"
import { chromium } from "#test/web/support/chromium.ts"
import { day, visit, webLayer } from "./support/web.ts"

const hash = (page: Page) => decodeURIComponent(new URL(page.url()).hash)
const heading = (page: Page, name: string) => page.locator("#panel-title", { hasText: new RegExp(`^${name}$`, "u") })
/** The address is written with a delay after typing. */
const until = (page: Page, is: string) =>
  page.waitForFunction((is) => decodeURIComponent(location.hash).replace(/@[\w-]+/gu, "@") === is, is)

describe.skipIf(chromium === undefined)("Every view of the wall", () => {
  layer(webLayer({ EVENT_LOG: "memory", ROOMS: "1-3" }), { excludeTestServices: true })("has an address", (it) => {
    it.effect(
      "that restores it, and Back and Forward step through the views",
      () =>
        visit(async ({ open, put }) => {
          await put("/mutation/book-room", { room: { id: 1 }, client: { id: 1 }, date: day() })
          await put("/mutation/book-room", { room: { id: 2 }, client: { id: 1 }, date: day() })
          const { page, errors } = await open("/")
          await page.waitForSelector(".connection.live")
          await page.locator('[data-id="command/BookRoom/2"]').click()
          await until(page, "#command/BookRoom")
          await page.locator('[data-id="screen/Booking form/2"]').click()
          await until(page, "#screen/book-room")
          await page.locator('[data-id="rule/2/it should be booked once"]').click()
          await until(page, "#rule/book-room/it should be booked once")
          await page.locator('[data-id="automation/schedule-cleaning/4"]').click()
          await until(page, "#automation/schedule-cleaning")
          await page.locator('[data-id="view/Booking/3"]').click()
          await until(page, "#view/Booking")
          await page.locator(".narrow").getByLabel("room").fill("2")
          await until(page, "#view/Booking?row.room=2")
          await page.waitForFunction(() => document.querySelectorAll(".rows tbody tr").length === 1)
          const narrowed = page.url()
          await page.getByRole("link", { name: `room 2 · date ${day()}: the row and its events` }).click()
          await until(page, `#row/Booking?row.room=2&row.date=${day()}`)
          await heading(page, `Booking: room 2 · date ${day()}`).waitFor()
          await page.getByRole("combobox", { name: "search" }).fill("clean")
          await until(page, `#row/Booking?search=clean&row.room=2&row.date=${day()}`)
          await page.getByLabel("time", { exact: true }).fill("3")
          await until(page, `#row/Booking?at=3@&search=clean&row.room=2&row.date=${day()}`)
          const whole = page.url()

          await page.goBack()
          await page.locator(".time output", { hasText: /^now$/u }).waitFor()
          await page.goBack()
          assert.strictEqual(await page.getByRole("combobox", { name: "search" }).inputValue(), "")
          await page.goBack()
          await page.waitForFunction(() => document.querySelectorAll(".rows tbody tr").length === 1)
          await page.goBack()
          await page.waitForFunction(() => document.querySelectorAll(".rows tbody tr").length === 2)
          await page.goBack()
          await heading(page, "schedule-cleaning").waitFor()
          await page.goForward()
          await heading(page, "Booking").waitFor()
          for (let back = 0; back < 5; back++) await page.goBack()
          assert.strictEqual(await page.locator(".panel").count(), 0)

          // Another browser follows the links.
          const other = await open(new URL(narrowed).pathname + new URL(narrowed).hash)
          await other.page.waitForFunction(() => document.querySelectorAll(".rows tbody tr").length === 1)
          const third = await open(new URL(whole).pathname + new URL(whole).hash)
          await third.page.locator(".time.past output", { hasText: "as of 3" }).waitFor()
          assert.strictEqual(await third.page.getByRole("combobox", { name: "search" }).inputValue(), "clean")
          await third.page.getByText("There is no such row at this position.").waitFor()
          for (const opened of [errors, other.errors, third.errors]) assert.deepStrictEqual(opened, [])
        }),
      60_000
    )

    it.effect(
      "also for a rule, a screen and an event; rows of the table are links",
      () =>
        visit(async ({ open }) => {
          const { page, errors } = await open("/#event/RoomBooked")
          for (const [to, title] of [
            ["#event/RoomBooked", "RoomBooked"],
            ["#rule/book-room/it%20should%20be%20booked%20once", "it should be booked once"],
            ["#screen/check-in", "Front desk"],
            ["#event/1", "Position 1"],
            [`#correlation/${encodeURIComponent("trip 7/8")}`, "trip 7/8"],
            ["#row/Rooms", "Rooms"],
            ["#unknown", "Unknown event types"]
          ] as const) {
            await page.evaluate((to) => void (location.hash = to), to)
            await heading(page, title).waitFor()
            assert.include(await page.title(), title)
          }
          await page.evaluate(() => void (location.hash = "#?table"))
          const table = page.getByRole("region", { name: "The wall as a table" })
          for (const [link, title] of [
            ["Guest checks in", "CheckIn"],
            ["it should be booked once", "it should be booked once"],
            ["GuestCheckedIn", "GuestCheckedIn"],
            ["Front desk", "Front desk"],
            ["schedule-cleaning", "schedule-cleaning"]
          ] as const) {
            await table.getByRole("link", { name: link, exact: true }).first().click()
            await heading(page, title).waitFor()
            assert.include(hash(page), "?table")
          }
          assert.deepStrictEqual(errors, [])
        }),
      60_000
    )

    it.effect(
      "and an older address, which names its kind differently, still opens, and is rewritten",
      () =>
        visit(async ({ open }) => {
          for (const [older, title, newer] of [
            ["#fact/RoomBooked", "RoomBooked", "#event/RoomBooked"],
            ["#fact/1?at=2", "Position 1", "#event/1@?at=2@"],
            ["#gear/schedule-cleaning?table", "schedule-cleaning", "#automation/schedule-cleaning?table"]
          ] as const) {
            const { page, errors } = await open(`/${older}`)
            await heading(page, title).waitFor()
            await until(page, newer)
            // It is the same step of the history, not a step of its own.
            assert.strictEqual(await page.evaluate("history.length"), 2)
            await page.evaluate((older) => void (location.hash = older), older)
            await until(page, newer)
            assert.deepStrictEqual(errors, [])
          }
          const { page } = await open("/#gear/sweeping")
          await page.getByRole("alert").getByText("has no automation named “sweeping”").waitFor()
        }),
      60_000
    )

    it.effect(
      "and a link to something that does not exist says so",
      () =>
        visit(async ({ open }) => {
          const { page, errors } = await open("/#command/Paint")
          for (const [to, why] of [
            ["#command/Paint", "Hotel booking has no command named “Paint”"],
            ["#event/9999", "The log has no position 9999 yet: its newest is"],
            ["#event/1@another", "Position 1 of this link belongs to another log"],
            ["#?at=9999", "The log has no position 9999 yet"],
            ["#rule/book-room/never", "has no rule “never”"],
            ["#screen/nowhere", "Hotel booking has no slice “nowhere”"],
            ["#view/Booking?row.wing=east", "has no field “wing”"],
            ["#row/Nowhere?row.room=1", "Hotel booking has no read model named “Nowhere”"],
            ["#row/Booking?row.room=1", "A row of Booking needs its “date” in the address"],
            ["#nonsense", "The wall has nothing named “nonsense”"],
            ["#command/%E0%A4%A", "cannot be read"]
          ] as const) {
            await page.evaluate((to) => void (location.hash = to), to)
            await heading(page, "Not found").waitFor()
            await page.getByRole("alert").getByText(why).waitFor()
            assert.strictEqual(new URL(page.url()).hash, to)
            await page.getByRole("button", { name: "Close" }).click()
            await page.locator(".panel").waitFor({ state: "detached" })
            await page.waitForFunction(() => location.hash === "")
          }
          assert.deepStrictEqual(errors, [])
        }),
      60_000
    )
  })
})
