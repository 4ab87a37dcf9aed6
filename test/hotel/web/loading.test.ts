import { assert, describe, layer } from "@effect/vitest"
import type { Page } from "playwright-core"
import { chromium } from "#test/web/support/chromium.ts"
import { visit, webLayer } from "./support/web.ts"

/** A promise that resolves when it is opened. */
const gate = () => {
  let open: () => void = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open: () => open(), opened }
}

/** A page whose responses the test replaces. */
const blank = async (open: (path: string) => Promise<{ readonly page: Page }>) => {
  const { page } = await open("/guest")
  return { page, wall: new URL("/", page.url()).href }
}

describe.skipIf(chromium === undefined)("While the wall has not loaded its state", () => {
  layer(webLayer({ EVENT_LOG: "memory", ROOMS: "1-3" }), { excludeTestServices: true })("it says so", (it) => {
    it.effect("while it loads, and shows nothing as empty", () =>
      visit(async ({ open }) => {
        const { page, wall } = await blank(open)
        const [board, counts] = [gate(), gate()]
        await page.route("**/blueprint.json", (route) => void board.opened.then(() => route.continue()))
        await page.route("**/operations", (route) => void counts.opened.then(() => route.continue()))
        await page.goto(wall)
        await page.getByText("Loading the board…").waitFor()
        board.open()
        await page.getByText("Reading the log…").waitFor()
        await page.locator(".about", { hasText: "loading…" }).waitFor()
        for (const early of ["never seen", "The log is empty", "position 0"]) {
          assert.strictEqual(await page.getByText(early).count(), 0, early)
        }
        assert.strictEqual(await page.locator(".note.never").count(), 0)
        counts.open()
        await page.locator(".now", { hasText: "RoomAdded" }).waitFor()
        await page.locator(".about", { hasText: "position 3" }).waitFor()
        assert.isAbove(await page.locator(".note.never").count(), 0)
      })
    )

    it.effect(
      "when the board is not found, the server fails, or the device is offline, and what to do",
      () =>
        visit(async ({ open }) => {
          const { page, wall } = await blank(open)
          const state = page.locator(".connection")
          const outage = page.locator(".outage")
          const answer = (status: number) =>
            page.route("**/blueprint.json", (route) => route.fulfill({ status, body: "?" }))
          await answer(404)
          await page.goto(wall)
          await outage.getByText("Not found. The server has nothing at /blueprint.json (404). Check that").waitFor()
          await page.unroute("**/blueprint.json")
          await answer(502)
          await outage
            .getByText("Server error. The server failed to answer /blueprint.json (502). The server's log")
            .waitFor()
          await page.unroute("**/blueprint.json")

          // Only the event feed fails, on a loaded wall.
          const stream = async (status: number, short: string, long: string) => {
            await page.unroute("**/events?*")
            await page.route("**/events?*", (route) => route.fulfill({ status, body: "?" }))
            await page.goto("about:blank")
            await page.goto(wall)
            await state.getByText(short).waitFor()
            await outage.getByText(long).waitFor()
          }
          await stream(404, "no events at this address (404)", "Not found. The server has nothing at /events (404).")
          await stream(500, "server error (500)", "Server error. The server failed to answer /events (500).")
          await page.unroute("**/events?*")
          await page.waitForSelector(".connection.back")
          assert.strictEqual(await outage.count(), 0)
          await page.context().setOffline(true)
          await page.evaluate("location.hash = '#?table'")
          await outage.getByText("You are offline. This device has no network. Connect it again").waitFor()
          await page.context().setOffline(false)
          await outage.waitFor({ state: "detached" })
        }),
      60_000
    )
  })
})
