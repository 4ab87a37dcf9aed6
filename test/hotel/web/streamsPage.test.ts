import { assert, describe, it, layer } from "@effect/vitest"
import { Effect } from "effect"
import { Board } from "#domain/model/index.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { lending } from "#test/boards/lendingBoard.ts"
import { memoryBackend, runningBoard } from "#test/support/backends.ts"
import { chromium } from "#test/web/support/chromium.ts"
import { day, openBoard, visit, webLayer } from "./support/web.ts"

describe.skipIf(chromium === undefined)("The page of streams", () => {
  layer(webLayer({ ROOMS: "1" }), { excludeTestServices: true, timeout: "60 seconds" })("on a nats-server", (it) => {
    it.effect(
      "shows each channel, its messages in words, and its newest message as it arrives",
      () =>
        visit(async ({ app, open, put }) => {
          const { page, errors } = await open("/streams")
          await page.waitForSelector(".connection.live")
          const channel = (name: string) => page.locator(`[data-channel="${name}"]`)
          assert.include(
            await channel("log.room-booking").innerText(),
            "hotel.room-night.booking.{room}_{date}.{event-type}"
          )
          assert.include(await channel("lane.room-booking").innerText(), "booking.{room}.{date}.{room}_{date}")
          assert.include(await channel("log.room-booking").innerText(), "No message yet")
          assert.include(await channel("log.hotel-admin").innerText(), "hotel.room.admin.1.room-added")
          assert.include(await page.locator("body").innerText(), "cmd.hotel.BookRoom")
          const booked = page.getByRole("region", { name: "Room booked" })
          assert.match(await booked.innerText(), /room\.id\s+whole number, 1 to 9,999/u)

          const date = day()
          assert.strictEqual(await put("/mutation/book-room", { room: { id: 1 }, client: { id: 7 }, date }), 201)
          await channel("log.room-booking").getByText(`hotel.room-night.booking.1_${date}.room-booked`).waitFor()
          await channel("lane.room-booking").getByText(`booking.1.${date}.1_${date}`).waitFor()
          const shown = await channel("lane.room-booking").locator("pre").innerText()
          const { headers, payload } = JSON.parse(shown) as Record<string, any>
          assert.deepStrictEqual(payload, { room: { id: 1 }, client: { id: 7 }, date })
          assert.strictEqual(headers["ce-type"], "RoomBooked")
          assert.strictEqual(headers["ce-dataschema"], "urn:hotel:schema:RoomBooked:1")

          const links = await page
            .locator(".links a")
            .evaluateAll((all) => all.map((link) => link.getAttribute("href")!))
          for (const { identifier } of Board.events(hotelBooking)) {
            assert.include(links, `/schemas/${identifier}/1`)
            assert.include(links, `/#fact/${identifier}`)
          }
          for (const link of links) assert.strictEqual((await fetch(new URL(link, app.url))).status, 200, link)
          await booked.getByRole("link", { name: "RoomBooked on the wall" }).click()
          await page.locator(".panel").getByText("room-booking", { exact: true }).waitFor()
          assert.deepStrictEqual(errors, [])
        }),
      60_000
    )

    it.effect(
      "says why the newest messages cannot be read, keeps those that it has, and continues when they can",
      () =>
        visit(async ({ open, put }) => {
          const { page } = await open("/streams")
          await page.waitForSelector(".connection.live")
          const body = JSON.stringify({ code: "LogUnavailable", title: "Log unavailable", detail: "Not reachable." })
          await page.route("**/channels", (route) =>
            route.fulfill({ status: 503, contentType: "application/problem+json", body })
          )
          await put("/mutation/add-room", { room: { id: 2 } })
          await page.locator(".connection.lost").waitFor()
          await page.locator(".outage").getByText("Log unavailable. Not reachable.").waitFor()
          await page.getByText("hotel.room.admin.1.room-added", { exact: true }).waitFor()
          await page.unroute("**/channels")
          await page.getByText("hotel.room.admin.2.room-added", { exact: true }).waitFor()
          await page.locator(".connection.live").waitFor()
          assert.strictEqual(await page.locator(".outage").count(), 0)
        }),
      60_000
    )
  })

  it.live(
    "shows the messages that automations of a board send, if it has any",
    () =>
      Effect.gen(function* () {
        const { open, url } = yield* openBoard(lending)
        yield* Effect.promise(async () => {
          const { errors, page } = await open("/streams")
          await page.getByText("msg.lending.ReturnConfirmed", { exact: true }).waitFor()
          const message = page.getByRole("region", { name: "Return confirmed" })
          assert.match(await message.innerText(), /reader\.id/u)
          const link = message.getByRole("link", { name: "schema of ReturnConfirmed" })
          const answer = await fetch(new URL((await link.getAttribute("href"))!, url))
          assert.strictEqual(((await answer.json()) as { $id: string }).$id, "urn:lending:schema:ReturnConfirmed:2")
          assert.deepStrictEqual(errors, [])
        })
      }).pipe(Effect.scoped, Effect.provide(runningBoard(lending, memoryBackend))),
    60_000
  )
})
