import { assert, describe, layer } from "@effect/vitest"
import type { Page } from "playwright-core"
import type { Operations } from "#layers/contract/operationsSchema.ts"
import { violations } from "./support/axe.ts"
import { chromium } from "./support/chromium.ts"
import { withLogWriter } from "./support/logWriter.ts"
import { day, visit, webLayer } from "./support/web.ts"

const take = (page: Page, fact: string, position: number) =>
  page.getByRole("button", { name: `take again: ${fact} at position ${position}` })
const item = (page: Page, position: number) =>
  page.locator(".parked-work li", { has: page.getByText(`position ${position}`, { exact: true }) })

describe.skipIf(chromium === undefined)("Work that cannot be done", () => {
  layer(webLayer({ ROOMS: "1-3", LOG_LEVEL: "none" }), { excludeTestServices: true })("is parked", (it) => {
    it.effect(
      "and shown with its reason, and taken again when somebody says so",
      () =>
        visit(async ({ app, open, put }) => {
          await put("/mutation/book-room", { room: { id: 1 }, client: { id: 1 }, date: day() })
          await put("/mutation/cleanup", { room: { id: 1 }, date: day() })
          const [wall, manager] = await Promise.all([open("/"), open("/manager")])
          await wall.page.waitForSelector(".connection.live")
          await manager.page.getByText("Nothing is parked; the bots get everything done.").waitFor()

          // The bot cannot decide about a place in which something stands that nobody can read.
          const place = `2_${day()}`
          const [poison, booked] = await withLogWriter(app.operator, async ({ copy, unreadable }) => [
            await unreadable(place, "room-available"),
            await copy("room-booked", `1_${day()}`, place, 1)
          ])
          await wall.page.getByRole("button", { name: "3 parked", exact: true }).click()
          await item(wall.page, poison!).getByText("its headers are not those of an event").waitFor()
          await item(wall.page, poison!).getByText("RoomAvailable", { exact: true }).waitFor()
          await item(wall.page, booked!).last().getByText("Waits for an earlier one of its place.").waitFor()
          await wall.page.locator('[data-id="view/Booking/3"] .alarm', { hasText: "2 parked" }).waitFor()
          await wall.page.locator('[data-id="gear/schedule-cleaning/4"] .alarm', { hasText: "1 parked" }).click()
          const stuck = item(wall.page, booked!)
          await stuck.getByText(`The event at position ${poison} `).waitFor()
          await stuck.getByText(`tried 1 time `).waitFor()
          await stuck.getByText(`room-night/${place}`).waitFor()

          for (const { page } of [wall, manager]) assert.deepStrictEqual(await violations(page, "body"), [])

          const health = (await (await fetch(`${app.url}/health/ready`)).json()) as object
          assert.deepInclude(health, { status: "degraded", parked: 3 })

          // Where it is not known for a while what is parked, what was known stays.
          await wall.page.route("**/operations", async (route) => {
            const response = await route.fetch()
            const operations = (await response.json()) as Operations
            const { automations, views } = operations
            for (const state of [...Object.values(automations), ...Object.values(views)]) {
              Object.assign(state, { parked: null })
            }
            await route.fulfill({ response, json: operations })
          })
          for (let n = 0; n < 2; n++) await wall.page.waitForResponse("**/operations")
          assert.isTrue(await wall.page.getByRole("button", { name: "3 parked", exact: true }).isVisible())
          assert.isTrue(await stuck.isVisible())
          await wall.page.unroute("**/operations")

          // It can be had again, which helps only once the reason is gone.
          await take(wall.page, "RoomBooked", booked!).click()
          await stuck.getByText("It still cannot be taken.").waitFor()
          await stuck.getByText(`tried 2 times`).waitFor()
          await withLogWriter(app.operator, ({ copy }) => copy("room-available", `1_${day()}`, place, 2))
          const bots = manager.page.locator(".parked-work li", { hasText: "the bot schedule-cleaning" })
          await bots.getByRole("button").focus()
          await manager.page.keyboard.press("Enter")
          await manager.page.getByText(`RoomBooked, position ${booked}: Taken.`).waitFor()
          await bots.waitFor({ state: "detached" })
          await manager.page.getByRole("button", { name: "Room 2 is clean" }).waitFor()
          await wall.page.locator(".panel.gear .parked-work li").waitFor({ state: "detached" })

          // The list still cannot: what stands there will never be readable, and the others wait for it.
          await take(manager.page, "RoomBooked", booked!).click()
          await manager.page.getByText("An earlier one of its place still cannot be taken.").waitFor()
          await manager.page.getByRole("link", { name: `position ${poison}`, exact: true }).click()
          await manager.page.getByRole("heading", { name: `Position ${poison}` }).waitFor()
          await manager.page.locator(".panel .trouble", { hasText: "its headers are not those of an event" }).waitFor()
          // It is a fact of the board all the same.
          assert.strictEqual(await manager.page.getByText("not on the board").count(), 0)
          assert.strictEqual(await wall.page.getByText("not on the board").count(), 0)
          for (const { errors } of [wall, manager]) assert.deepStrictEqual(errors, [])
        }),
      60_000
    )
  })
})
