import { assert, describe, layer } from "@effect/vitest"
import type { Page } from "playwright-core"
import { chromium } from "#test/web/support/chromium.ts"
import { day, visit, webLayer } from "./support/web.ts"

/** Records the notes that light up on the wall, in order. */
const watchLights = (page: Page) =>
  page.evaluate(`
    globalThis.lit = []
    new MutationObserver((changes) => {
      for (const { target, oldValue } of changes) {
        const was = (oldValue ?? "").split(" ").includes("lit")
        if (target.dataset.id && !was && target.classList.contains("lit")) lit.push(target.dataset.id)
      }
    }).observe(document.querySelector("svg.board"), {
      subtree: true, attributes: true, attributeFilter: ["class"], attributeOldValue: true
    })`)
const lights = (page: Page) => page.evaluate("lit.splice(0)") as Promise<ReadonlyArray<string>>

const booking = (room: number, date: string, client = 1) => ({ room: { id: room }, client: { id: client }, date })

describe.skipIf(chromium === undefined)("Commands and events are shown", () => {
  layer(webLayer({ EVENT_LOG: "memory", ROOMS: "1-5" }), { excludeTestServices: true })("on the wall", (it) => {
    it.effect("from the screen on, each cause before its effect", () =>
      visit(async ({ open, put }) => {
        const { page, errors } = await open("/")
        await page.waitForSelector(".connection.live")
        await watchLights(page)
        await put("/mutation/book-room", booking(1, day()))
        await page.waitForSelector('[data-id="view/CleanupSchedule/5"].lit')
        const order = await lights(page)
        const chain = [
          "screen/Booking form/2",
          "command/BookRoom/2",
          "event/RoomBooked/2",
          "automation/schedule-cleaning/4",
          "command/ScheduleCleaning/4",
          "event/CleanUpScheduled/4",
          "view/CleanupSchedule/5"
        ]
        assert.deepStrictEqual(
          order.filter((id) => chain.includes(id)),
          chain
        )
        assert.isAbove(order.indexOf("view/Booking/3"), order.indexOf("event/RoomBooked/2"))
        assert.deepStrictEqual(errors, [])
      })
    )

    it.effect(
      "with a rejection at its command, where rejections of all actors are counted",
      () =>
        visit(async ({ open, put }) => {
          await put("/mutation/book-room", booking(2, day()))
          const { page, errors } = await open("/")
          await page.waitForSelector(".connection.live")
          await watchLights(page)
          assert.strictEqual(await put("/mutation/book-room", booking(2, day(), 2)), 409)
          const command = page.locator('[data-id="command/BookRoom/2"]')
          // A flash is shortened to the width of its note, which depends on the number of columns.
          await command.getByText(/^RoomAlready/u).waitFor()
          assert.deepStrictEqual(await lights(page), ["screen/Booking form/2", "command/BookRoom/2"])
          await command.getByText("1 rejected", { exact: true }).waitFor()
          assert.match((await command.getAttribute("aria-label"))!, /1 rejected, .*last rejection RoomAlreadyBooked/u)
          assert.strictEqual(await put("/mutation/checkin", booking(2, day(1))), 409)
          await page
            .locator('[data-id="command/CheckIn/7"]')
            .getByText(/^RoomNotAv/u)
            .waitFor()

          // A page opened later has the count and the last rejection.
          await page.reload()
          await command.getByText("1 rejected", { exact: true }).waitFor()
          await command.click()
          await page.getByRole("heading", { name: "Rejected" }).waitFor()
          await page
            .locator(".panel", { hasText: /1 time, .* by Guest: RoomAlreadyBooked in room-night\/2_/u })
            .waitFor()
          assert.deepStrictEqual(errors, [])
        }),
      60_000
    )

    it.effect(
      "and not on a wall that shows the past, where a command says that it is executed now",
      () =>
        visit(async ({ open, put }) => {
          await put("/mutation/book-room", booking(3, day()))
          await put("/mutation/cleanup", { room: { id: 3 }, date: day() })
          const { page, errors } = await open("/")
          await page.waitForSelector(".connection.live")
          await page.locator('[data-id="command/BookRoom/2"]').click()
          await page.getByRole("button", { name: "send", exact: true }).waitFor()
          await page.locator('[data-id="automation/schedule-cleaning/4"]').click()
          await page.getByRole("heading", { name: "Status" }).waitFor()

          // Keys go from command to command: the cleaning stored two events at once.
          const slider = page.getByLabel("time", { exact: true })
          const newest = Number(await slider.getAttribute("max"))
          await slider.press("ArrowLeft")
          await page.locator(".about", { hasText: `position ${newest - 2}` }).waitFor()
          await slider.press("ArrowRight")
          await page.locator(".time output", { hasText: /^now$/u }).waitFor()
          await slider.press("ArrowLeft")
          await page.locator(".about", { hasText: `position ${newest - 2}` }).waitFor()
          await slider.press("ArrowLeft")
          await page.locator(".about", { hasText: `position ${newest - 3}` }).waitFor()
          assert.strictEqual(await page.getByRole("heading", { name: "Status" }).count(), 0)

          await page.locator('[data-id="command/BookRoom/2"]').click()
          await page
            .getByText(`The wall is as of ${newest - 3}, but a command is decided on the current state`)
            .waitFor()
          await page.getByLabel("room.id").fill("4")
          await page.getByLabel("date", { exact: true }).fill(day())
          await page.getByRole("button", { name: "send now" }).click()
          await page.getByText("Done:").waitFor()
          assert.strictEqual(await page.locator(".lit, .dots circle").count(), 0)
          await page.locator(".outcome .postit").click()
          await page.getByText(`The wall is as of ${newest - 3}: this had not happened yet.`).waitFor()
          assert.deepStrictEqual(errors, [])
        }),
      60_000
    )

    it.effect("and everything on its way disappears when the wall turns to the past", () =>
      visit(async ({ open, put }) => {
        const { page } = await open("/")
        await page.waitForSelector(".connection.live")
        await put("/mutation/book-room", booking(5, day(2)))
        await page.waitForSelector(".dots circle", { state: "attached" })
        await page.getByLabel("time", { exact: true }).press("ArrowLeft")
        await page.waitForFunction(() => document.querySelectorAll(".lit, .dots circle").length === 0)
      })
    )
  })
})
