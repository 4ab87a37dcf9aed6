import { assert, describe, layer } from "@effect/vitest"
import type { Page } from "playwright-core"
import type { Operations } from "#layers/contract/operationsSchema.ts"
import { withLogWriter } from "#test/hotel/web/support/logWriter.ts"
import { violations } from "#test/web/support/axe.ts"
import { chromium } from "#test/web/support/chromium.ts"
import { day, visit, webLayer } from "./support/web.ts"

const retry = (page: Page, type: string, position: number) =>
  page.getByRole("button", { name: `retry: ${type} at position ${position}` })
const item = (page: Page, position: number) =>
  page.locator(".parked-work li", { has: page.getByText(`position ${position}`, { exact: true }) })

describe.skipIf(chromium === undefined)("An event that cannot be processed", () => {
  layer(webLayer({ ROOMS: "1-3", LOG_LEVEL: "none" }), { excludeTestServices: true })("is a dead letter", (it) => {
    it.effect(
      "that the pages show with its reason and retry on request",
      () =>
        visit(async ({ app, open, put }) => {
          await put("/mutation/book-room", { room: { id: 1 }, client: { id: 1 }, date: day() })
          await put("/mutation/cleanup", { room: { id: 1 }, date: day() })
          const [wall, manager] = await Promise.all([open("/"), open("/manager")])
          await wall.page.waitForSelector(".connection.live")
          await manager.page.getByText("Nothing has failed; the bots get everything done.").waitFor()

          // The bot cannot decide on an event stream that contains an undecodable message.
          const streamKey = `2_${day()}`
          const [poison, booked] = await withLogWriter(app.operator, async ({ copy, unreadable }) => [
            await unreadable(streamKey, "room-available"),
            await copy("room-booked", `1_${day()}`, streamKey, 1)
          ])
          await wall.page.getByRole("button", { name: "3 dead letters", exact: true }).click()
          await item(wall.page, poison!).getByText("its headers are not those of an event").waitFor()
          await item(wall.page, poison!).getByText("RoomAvailable", { exact: true }).waitFor()
          await item(wall.page, booked!).last().getByText("Blocked by an earlier event of its event stream.").waitFor()
          await wall.page.locator('[data-id="view/Booking/3"] .alarm', { hasText: "2 dead letters" }).waitFor()
          await wall.page
            .locator('[data-id="automation/schedule-cleaning/4"] .alarm', { hasText: "1 dead letter" })
            .click()
          const blocked = item(wall.page, booked!)
          await blocked.getByText(`The event at position ${poison} `).waitFor()
          await blocked.getByText(`tried 1 time `).waitFor()
          await blocked.getByText(`room-night/${streamKey}`).waitFor()

          for (const { page } of [wall, manager]) assert.deepStrictEqual(await violations(page, "body"), [])

          const health = (await (await fetch(`${app.url}/health/ready`)).json()) as object
          assert.deepInclude(health, { status: "degraded", parked: 3 })

          // While the number of dead letters is unknown, the last known list stays.
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
          assert.isTrue(await wall.page.getByRole("button", { name: "3 dead letters", exact: true }).isVisible())
          assert.isTrue(await blocked.isVisible())
          await wall.page.unroute("**/operations")

          // A retry helps only once the reason is gone.
          await retry(wall.page, "RoomBooked", booked!).click()
          await blocked.getByText("It still cannot be processed.").waitFor()
          await blocked.getByText(`tried 2 times`).waitFor()
          await withLogWriter(app.operator, ({ copy }) => copy("room-available", `1_${day()}`, streamKey, 2))
          const bots = manager.page.locator(".parked-work li", { hasText: "the bot schedule-cleaning" })
          await bots.getByRole("button").focus()
          await manager.page.keyboard.press("Enter")
          await manager.page.getByText(`RoomBooked, position ${booked}: Processed.`).waitFor()
          await bots.waitFor({ state: "detached" })
          await manager.page.getByRole("button", { name: "Room 2 is clean" }).waitFor()
          await wall.page.locator(".panel.automation .parked-work li").waitFor({ state: "detached" })

          // The view still cannot: the undecodable message blocks the events after it.
          await retry(manager.page, "RoomBooked", booked!).click()
          await manager.page.getByText("An earlier event of its event stream still cannot be processed.").waitFor()
          await manager.page.getByRole("link", { name: `position ${poison}`, exact: true }).click()
          await manager.page.getByRole("heading", { name: `Position ${poison}` }).waitFor()
          await manager.page.locator(".panel .trouble", { hasText: "its headers are not those of an event" }).waitFor()
          // Its type is on the board.
          assert.strictEqual(await manager.page.getByText("not on the board").count(), 0)
          assert.strictEqual(await wall.page.getByText("not on the board").count(), 0)
          for (const { errors } of [wall, manager]) assert.deepStrictEqual(errors, [])
        }),
      60_000
    )
  })
})
