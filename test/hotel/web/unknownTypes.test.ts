import { assert, describe, layer } from "@effect/vitest"
import { jetstream } from "@nats-io/jetstream"
import { connect } from "@nats-io/transport-node"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { blueprintOf } from "#layers/blueprint/blueprint.ts"
import { streamSpecs } from "#layers/nats/provision/streamSpecs.ts"
import { chromium } from "#test/web/support/chromium.ts"
import { layout, modelOf } from "../../../web/src/layout/index.ts"
import { day, visit, webLayer } from "./support/web.ts"

const [log] = streamSpecs(hotelBooking, 1)

describe.skipIf(chromium === undefined)("Unknown state on the wall", () => {
  layer(webLayer({ ROOMS: "1" }), { excludeTestServices: true })("and event types never seen", (it) => {
    it.effect("are marked", () =>
      visit(async ({ app, open }) => {
        const { page, errors } = await open("/")
        await page.waitForSelector(".connection.live")
        // Rooms were added at the start; nothing else has happened.
        const drawn = layout(modelOf(blueprintOf(hotelBooking))).notes
        const never = drawn.filter(({ kind, name }) => kind === "event" && name !== "RoomAdded").map(({ id }) => id)
        assert.isAbove(never.length, 5)
        assert.sameMembers(
          await page.locator(".note.never").evaluateAll((notes) => notes.map((note) => note.getAttribute("data-id"))),
          never
        )

        const nats = await connect(app.operator)
        const subject = `${hotelBooking.name}.room-night.booking.1_2022-12-12.room-painted`
        const { stream } = await jetstream(nats).publish(subject, "{}")
        assert.strictEqual(stream, log!.name)
        await nats.close()
        await page.getByRole("button", { name: "1 type not on the board" }).click()
        await page.getByRole("row", { name: /^room-painted 1 time/u }).waitFor()
        assert.deepStrictEqual(errors, [])
      })
    )

    it.effect("and the lag of a view", () =>
      visit(async ({ open }) => {
        const { page } = await open("/guest")
        // A lag is hard to produce in time, so the test replaces the server's number.
        await page.context().route("**/operations", async (route) => {
          const response = await route.fetch()
          const operations = await response.json()
          operations.views.Booking.lag = 7
          await route.fulfill({ response, json: operations })
        })
        await page.goto(new URL("/", page.url()).href)
        await page.locator('[data-id="view/Booking/3"] .alarm', { hasText: "7 behind" }).waitFor()
      })
    )

    it.effect("and rows missing because of dead letters", () =>
      visit(async ({ open }) => {
        const { page, errors } = await open("/guest")
        const lacking = (key: Readonly<Record<string, string>>) => [{ key, count: 2 }]
        const answering = (path: RegExp, change: (body: any) => object) =>
          page.context().route(path, async (route) => {
            const response = await route.fetch()
            const body = await response.json()
            await route.fulfill({ response, json: { ...body, ...change(body) } })
          })
        await page
          .getByRole("button", { name: /^Room 1, .*: free/u })
          .first()
          .waitFor()
        const tomorrow = day(1)
        await answering(/\/views\/booking\?/u, () => ({ deadLetters: lacking({ room: "1", date: tomorrow }) }))
        await answering(/\/views\/cleanup-schedule\?/u, () => ({ deadLetters: lacking({}) }))
        await page.reload()
        await page.getByRole("button", { name: /^Room 1, .*: not known/u }).waitFor()
        assert.strictEqual(await page.getByRole("button", { name: /^Room 1, .*: free/u }).count(), 13)
        await page.goto(new URL("/manager", page.url()).href)
        await page.getByText("2 events not processed: rooms to clean may be missing.").waitFor()
        assert.strictEqual(await page.getByText("Nothing is booked for this night").count(), 0)
        await page.goto(new URL("/", page.url()).href)
        await page.locator('[data-id="view/Booking/3"]').click()
        await page.getByText("2 events not processed: rows may be missing.").waitFor()
        assert.deepStrictEqual(errors, [])
      })
    )
  })
})
