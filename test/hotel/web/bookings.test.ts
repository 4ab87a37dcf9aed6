import { assert, describe, layer } from "@effect/vitest"
import type { Page } from "playwright-core"
import { violations } from "#test/web/support/axe.ts"
import { chromium } from "#test/web/support/chromium.ts"
import { day, visit, webLayer } from "./support/web.ts"

const night = (page: Page, room: number, state = "") =>
  page.getByRole("button", { name: new RegExp(`^Room ${room}, .*: ${state}`, "u") })
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true })
const heading = (page: Page, name: string) => page.getByRole("heading", { name, exact: true })
const spoken = (date: string) =>
  new Intl.DateTimeFormat("en-GB", {
    weekday: "long",
    day: "numeric",
    month: "long",
    year: "numeric",
    timeZone: "UTC"
  }).format(new Date(`${date}T12:00:00Z`))

/** Reads that fail, and the console errors of requests that these tests let fail. */
const unexpected = (errors: ReadonlyArray<string>) => errors.filter((error) => !/ERR_FAILED/u.test(error))

const bookBy = (put: (path: string, data: unknown) => Promise<number>, id: number, room: number, date: string) =>
  put("/mutation/book-room", { room: { id: room }, client: { id }, date })

describe.skipIf(chromium === undefined)("Bookings on the two screens:", () => {
  layer(webLayer({ EVENT_LOG: "memory", ROOMS: "1-60", LOG_LEVEL: "none" }), { excludeTestServices: true })((it) => {
    it.effect(
      "a guest books several nights at once, or none of them",
      () =>
        visit(async ({ open, put }) => {
          await bookBy(put, 9, 1, day(6))
          const { page, errors } = await open("/guest")
          await night(page, 1, "taken").waitFor()
          await night(page, 1, "free").nth(1).click()
          const nights = page.getByLabel("Nights", { exact: true })
          await nights.fill("7")
          await button(page, "Book").click()
          await page.locator(".notice.no", { hasText: `Room 1 is taken on ${spoken(day(6))}.` }).waitFor()
          assert.strictEqual(await night(page, 1, "yours").count(), 0)

          await nights.fill("3")
          assert.strictEqual(await page.locator(".night.in-stay").count(), 2)
          await button(page, "Book").click()
          await page
            .getByText(`Room 1 is yours for 3 nights, until the morning of ${spoken(day(4))}.`, { exact: true })
            .waitFor()
          await night(page, 1, "yours").nth(2).waitFor()
          assert.strictEqual(await night(page, 1, "yours").count(), 3)

          // The browser refuses what is no number of nights; nothing is sent.
          await night(page, 2, "free").first().click()
          for (const wrong of ["", "0", "31", "1.5"]) {
            await nights.fill(wrong)
            await button(page, "Book").click()
            assert.isFalse(await nights.evaluate((field: HTMLInputElement) => field.checkValidity()), wrong)
          }
          assert.strictEqual(await page.locator(".notice").count(), 0)
          assert.deepStrictEqual(errors, [])
        }),
      60_000
    )

    it.effect(
      "a stay whose answer was lost is found again after a reload, and booked once",
      () =>
        visit(async ({ open }) => {
          const { page, errors } = await open("/guest")
          await night(page, 3, "free").nth(2).click()
          await page.getByLabel("Nights", { exact: true }).fill("2")
          await page.route(/\/mutation\//u, async (route) => {
            await route.fetch()
            await route.abort()
          })
          await page.route(/\/views\/booking\?/u, (route) => route.abort())
          await button(page, "Book").click()
          await page.locator(".notice.no", { hasText: "It is not known whether this was done" }).waitFor()
          await page.unroute(/\/mutation\//u)
          await page.unroute(/\/views\/booking\?/u)
          await night(page, 3, "yours").nth(1).waitFor()
          await page.locator(".notice.no").waitFor({ state: "detached" })

          await night(page, 4, "free").nth(2).click()
          await page.route(/\/mutation\//u, (route) => route.abort())
          await page.getByLabel("Nights", { exact: true }).fill("4")
          await button(page, "Book").click()
          await page.locator(".notice.no", { hasText: "It is not known" }).waitFor()
          await page.unroute(/\/mutation\//u)
          await page.reload()
          await page.locator(".notice.no", { hasText: "It is not known" }).waitFor()
          assert.strictEqual(await page.getByLabel("Nights", { exact: true }).inputValue(), "4")
          await button(page, "Book").click()
          await page.getByText(/^Room 4 is yours for 4 nights/u).waitFor()
          assert.strictEqual(await page.locator(".notice.no").count(), 0)
          assert.deepStrictEqual(unexpected(errors), [])
        }),
      60_000
    )

    it.effect(
      "a guest cancels a booking until the day before, and the night is free for everybody",
      () =>
        visit(async ({ open, put }) => {
          for (const date of [day(), day(3)]) await bookBy(put, 1, 5, date)
          const { page, errors } = await open("/guest")
          const manager = (await open(`/manager?date=${day(3)}`)).page
          await manager.getByRole("button", { name: "Room 5 is clean" }).waitFor()
          await night(page, 5, "yours").first().click()
          await heading(page, "Room 5").waitFor()
          assert.strictEqual(await button(page, "Cancel this booking").count(), 0)
          await night(page, 5, "yours").nth(1).click()
          await button(page, "Cancel this booking").click()
          await page.getByText(`The booking of room 5 for ${spoken(day(3))} is cancelled.`).waitFor()
          await button(page, "Book").waitFor()
          await manager.getByRole("button", { name: "Room 5 is clean" }).waitFor({ state: "detached" })

          const other = (await open("/guest")).page
          await other.getByLabel("You are guest").fill("8")
          await night(other, 5, "free").nth(2).click()
          await button(other, "Book").click()
          await other.getByText(/^Room 5 is yours/u).waitFor()
          await night(page, 5, "taken").waitFor()
          await manager.getByRole("button", { name: "Room 5 is clean" }).waitFor()
          assert.deepStrictEqual(errors, [])
        }),
      60_000
    )

    it.effect(
      "a guest moves a booking to another room",
      () =>
        visit(async ({ open, put }) => {
          await bookBy(put, 1, 6, day(2))
          await bookBy(put, 9, 7, day(2))
          const { page, errors } = await open("/guest")
          await night(page, 6, "yours").click()
          const newRoom = page.getByLabel("New room")
          const moveTo = async (room: number, text: string) => {
            await newRoom.fill(String(room))
            await button(page, "Move").click()
            await page.locator(".notice", { hasText: text }).waitFor()
          }
          await moveTo(7, `Room 7 is taken on ${spoken(day(2))}.`)
          await moveTo(99, "The hotel has no such room. Choose one from its list of rooms. There is no room 99.")
          await moveTo(6, "The booking is for room 6 already. Nothing was changed.")
          await heading(page, "Room 6").waitFor()
          await page.getByLabel("New room").fill("8")
          assert.deepStrictEqual(await violations(page, "body"), [])
          await button(page, "Move").click()
          await page.getByText(`The booking for ${spoken(day(2))} is moved from room 6 to room 8.`).waitFor()
          await heading(page, "Room 8").waitFor()
          await night(page, 8, "yours").waitFor()
          assert.strictEqual(await night(page, 6, "yours").count(), 0)
          assert.deepStrictEqual(errors, [])
        }),
      60_000
    )

    it.effect(
      "the manager books, moves and cancels for guests",
      () =>
        visit(async ({ open, put }) => {
          await bookBy(put, 9, 12, day(21))
          const { page, errors } = await open(`/manager?date=${day(20)}`)
          const card = page.getByRole("region", { name: "Bookings" })
          await card.getByText("Nobody has booked the night of").waitFor()
          const book = async (room: number, nights: number) => {
            await card.getByLabel("Room to book").fill(String(room))
            await card.getByLabel("Guest").fill("4")
            await card.getByLabel("Nights").fill(String(nights))
            await card.getByRole("button", { name: "Book", exact: true }).click()
          }
          await book(12, 2)
          await card.locator(".notice.no", { hasText: `Room 12 is taken on ${spoken(day(21))}.` }).waitFor()
          await book(11, 2)
          await card.getByText(/^Room 11 is booked by guest 4 for 2 nights/u).waitFor()
          const row = (room: number) => card.getByRole("listitem").filter({ hasText: `Room ${room}, guest 4` })
          await row(11).getByText("Change").click()
          await row(11).getByLabel("New room").fill("13")
          assert.deepStrictEqual(await violations(page, "body"), [])
          await row(11).getByRole("button", { name: "Move", exact: true }).click()
          await row(13).waitFor()
          await card.getByText("is moved from room 11 to room 13.").waitFor()

          await row(13).getByText("Change").click()
          await page.route(/\/mutation\//u, (route) => route.abort())
          await row(13).getByRole("button", { name: "Cancel this booking" }).click()
          await row(13).locator(".notice.no", { hasText: "It is not known whether this was done" }).waitFor()
          await page.unroute(/\/mutation\//u)
          await row(13).getByRole("button", { name: "Cancel this booking" }).click()
          await card.getByText(/^The booking of room 13 for .* is cancelled\.$/u).waitFor()
          await card.getByText("Nobody has booked the night of").waitFor()
          assert.deepStrictEqual(unexpected(errors), [])
        }),
      60_000
    )
  })
})
