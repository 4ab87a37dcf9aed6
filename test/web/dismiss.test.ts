import { assert, describe, layer } from "@effect/vitest"
import { violations } from "./support/axe.ts"
import { chromium } from "./support/chromium.ts"
import { withLogWriter } from "./support/logWriter.ts"
import { day, visit, webLayer } from "./support/web.ts"

describe.skipIf(chromium === undefined)("A message that the board cannot read", () => {
  layer(webLayer({ ROOMS: "1-2", LOG_LEVEL: "none" }), { excludeTestServices: true })(
    "is seen to on the wall:",
    (it) => {
      it.effect(
        "its dead letter is dismissed, with a reason, and then it is declared void",
        () =>
          visit(async ({ app, open, put }) => {
            await put("/mutation/book-room", { room: { id: 1 }, client: { id: 1 }, date: day() })
            const place = `2_${day()}`
            const [poison, booked] = await withLogWriter(app.operator, async ({ copy, unreadable }) => [
              await unreadable(place, "room-available"),
              await copy("room-booked", `1_${day()}`, place, 1)
            ])
            const { page, errors } = await open("/")
            await page.getByRole("button", { name: /parked$/u }).click()
            const dismissal = page.getByRole("form", { name: `dismiss: RoomAvailable at position ${poison}` })
            await page.getByRole("button", { name: `dismiss: RoomAvailable at position ${poison}` }).click()
            await dismissal.getByText("The event stays in the log.").waitFor()
            assert.deepStrictEqual(await violations(page, ".panel"), [])
            // What only waits behind it is not dismissed, and nothing without a reason.
            assert.strictEqual(
              await page
                .locator(".parked-work li", { hasText: "Waits for an earlier" })
                .getByRole("button", { name: /^dismiss/u })
                .count(),
              0
            )
            await dismissal.getByRole("button", { name: "dismiss for good" }).click()
            assert.isTrue(await dismissal.isVisible())
            await dismissal.getByLabel("Why").fill("published by hand")
            await dismissal.getByLabel("Your name").fill("Ann")
            await dismissal.getByRole("button", { name: "dismiss for good" }).click()
            await page
              .getByText(`RoomAvailable, position ${poison}: Dismissed, and 1 more of its place taken.`)
              .waitFor()
            const row = await fetch(`${app.url}/rooms/2/nights/${day()}?after=${booked}`)
            assert.deepInclude(await row.json(), { availability: "booked" })

            // The bot still cannot decide about that place: for this, the message itself has to be void.
            await page.goto(`${app.url}/#fact/${poison}`)
            await page.reload()
            await page.getByText("published by hand by Ann").waitFor()
            await page.getByRole("button", { name: `void: position ${poison}` }).click()
            await page.getByLabel("Why").fill("it is no event")
            await page.getByRole("button", { name: "void for good" }).click()
            await page.locator(".panel p", { hasText: "Void: it is no event" }).waitFor()
            assert.strictEqual(await page.getByRole("button", { name: `void: position ${poison}` }).count(), 0)
            await page.locator('[data-id^="fact/RoomAvailable"]').first().click()
            await page.locator(".panel .fact-line.void", { hasText: "void" }).waitFor()
            // What the bot could not decide because of it can be taken again.
            await page.getByRole("button", { name: "1 parked", exact: true }).click()
            await page.getByRole("button", { name: `take again: RoomBooked at position ${booked}` }).click()
            await page.locator(".top").getByText("parked").waitFor({ state: "detached" })
            const seen = (await (await fetch(`${app.url}/facts/${poison}`)).json()) as {
              readonly dismissed: ReadonlyArray<object>
              readonly voided: object
            }
            assert.deepInclude(seen.dismissed[0], {
              consumer: "view-booking-v1",
              reason: "published by hand",
              by: "Ann"
            })
            assert.deepInclude(seen.voided, { reason: "it is no event" })
            assert.deepStrictEqual(errors, [])
          }),
        60_000
      )
    }
  )
})
