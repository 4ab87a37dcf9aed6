import { assert, describe, layer } from "@effect/vitest"
import { withLogWriter } from "#test/hotel/web/support/logWriter.ts"
import { violations } from "#test/web/support/axe.ts"
import { chromium } from "#test/web/support/chromium.ts"
import { day, visit, webLayer } from "./support/web.ts"

describe.skipIf(chromium === undefined)("An undecodable message", () => {
  layer(webLayer({ ROOMS: "1-2", LOG_LEVEL: "none" }), { excludeTestServices: true })(
    "is handled on the wall:",
    (it) => {
      it.effect(
        "its dead letter is dismissed, with a reason, and then it is declared void",
        () =>
          visit(async ({ app, open, put }) => {
            await put("/mutation/book-room", { room: { id: 1 }, client: { id: 1 }, date: day() })
            const streamKey = `2_${day()}`
            const [poison, booked] = await withLogWriter(app.operator, async ({ copy, unreadable }) => [
              await unreadable(streamKey, "room-available"),
              await copy("room-booked", `1_${day()}`, streamKey, 1)
            ])
            const { page, errors } = await open("/")
            await page.getByRole("button", { name: /dead letters?$/u }).click()
            const dismissal = page.getByRole("form", { name: `dismiss: RoomAvailable at position ${poison}` })
            await page.getByRole("button", { name: `dismiss: RoomAvailable at position ${poison}` }).click()
            await dismissal.getByText("The event stays in the log.").waitFor()
            assert.deepStrictEqual(await violations(page, ".panel"), [])
            // A blocked event has no dismiss button, and a dismissal needs a reason.
            assert.strictEqual(
              await page
                .locator(".parked-work li", { hasText: "Blocked by an earlier" })
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
              .getByText(`RoomAvailable, position ${poison}: Dismissed, and 1 more of its event stream processed.`)
              .waitFor()
            const row = await fetch(`${app.url}/rooms/2/nights/${day()}?after=${booked}`)
            assert.deepInclude(await row.json(), { availability: "booked" })

            // The bot still cannot decide on that event stream: for this, the message has to be void.
            await page.goto(`${app.url}/#event/${poison}`)
            await page.reload()
            await page.getByText("published by hand by Ann").waitFor()
            await page.getByRole("button", { name: `void: position ${poison}` }).click()
            await page.getByLabel("Why").fill("it is no event")
            await page.getByRole("button", { name: "void for good" }).click()
            await page.locator(".panel p", { hasText: "Void: it is no event" }).waitFor()
            assert.strictEqual(await page.getByRole("button", { name: `void: position ${poison}` }).count(), 0)
            await page.locator('[data-id^="event/RoomAvailable"]').first().click()
            await page.locator(".panel .event-line.void", { hasText: "void" }).waitFor()
            // The events that the bot could not process because of it can be retried.
            await page.getByRole("button", { name: "1 dead letter", exact: true }).click()
            await page.getByRole("button", { name: `retry: RoomBooked at position ${booked}` }).click()
            await page.locator(".top").getByText("dead letter").waitFor({ state: "detached" })
            const event = (await (await fetch(`${app.url}/facts/${poison}`)).json()) as {
              readonly dismissed: ReadonlyArray<object>
              readonly voided: object
            }
            assert.deepInclude(event.dismissed[0], {
              consumer: "view-booking-v1",
              reason: "published by hand",
              by: "Ann"
            })
            assert.deepInclude(event.voided, { reason: "it is no event" })
            assert.deepStrictEqual(errors, [])
          }),
        60_000
      )
    }
  )
})
