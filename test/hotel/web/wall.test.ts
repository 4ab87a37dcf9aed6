import { assert, describe, layer } from "@effect/vitest"
import type { Page } from "playwright-core"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { chromium } from "#test/web/support/chromium.ts"
import { waitForCount, day, visit, webLayer } from "./support/web.ts"

const note = (page: Page, id: string) => page.locator(`[data-id="${id}"]`)
const many = async (page: Page, id: string) => (await note(page, id).locator(".foot.many").textContent())?.trim()
const lit = (page: Page, id: string) => page.waitForSelector(`[data-id="${id}"].lit`)

const rows = (page: Page, many: number) =>
  page.waitForFunction((many) => document.querySelectorAll(".rows tbody tr").length === many, many)

/** A night on the guest's page, by its accessible name. */
const night = (page: Page, room: number, state: string) =>
  page.getByRole("button", { name: new RegExp(`^Room ${room}, .*: ${state}`, "u") }).first()

describe.skipIf(chromium === undefined)("The hotel", () => {
  layer(webLayer(), { excludeTestServices: true })("in a browser", (it) => {
    it.effect("is booked, cleaned and checked in to, while the wall follows and another browser sees it", () =>
      visit(async ({ open }) => {
        const [guest, other, manager, wall] = await Promise.all([
          open("/guest"),
          open("/guest"),
          open("/manager"),
          open("/")
        ])
        await wall.page.waitForSelector(".connection.live")
        let release = () => {}
        const rejected = new Promise<void>((resolve) => (release = resolve))
        await other.page.getByLabel("You are guest").fill("2")
        await night(other.page, 7, "free").click()
        // This page receives the booking late.
        await other.page.route("**/views/booking?**", async (route) => {
          await rejected
          await route.continue()
        })

        // The guest books; the wall shows the command, its event, the automation and the command that it issues.
        const lights = Promise.all([
          ...[
            "command/BookRoom/2",
            "event/RoomBooked/2",
            "view/Booking/3",
            "automation/schedule-cleaning/4",
            "event/CleanUpScheduled/4"
          ].map((id) => lit(wall.page, id)),
          wall.page.waitForSelector(".arrow.issues.lit")
        ])
        await night(guest.page, 7, "free").click()
        await guest.page.getByRole("button", { name: "Book", exact: true }).click()
        await guest.page.getByText(/^Room 7 is yours for/u).waitFor()
        await lights
        await wall.page.waitForSelector(".dots circle", { state: "detached" })
        assert.deepStrictEqual(
          [await many(wall.page, "event/RoomBooked/2"), await many(wall.page, "event/CleanUpScheduled/4")],
          ["1", "1"]
        )
        await night(guest.page, 7, "yours, not clean yet").waitFor()
        await other.page.getByRole("button", { name: "Book", exact: true }).click()
        await other.page.getByText("This room is booked for that night already.").waitFor()
        release()

        // The other guest, whose page did not show the booking yet, got the rejection; now the button is gone.
        await night(other.page, 7, "taken").waitFor()
        await other.page.getByText("Somebody else has booked this night.").waitFor()
        for (const name of ["Book", "Check in"])
          assert.strictEqual(await other.page.getByRole("button", { name, exact: true }).count(), 0)

        // A check-in before the cleaning is rejected.
        await guest.page.getByRole("button", { name: "Check in" }).click()
        await guest.page.getByText("it must be booked for that night, and clean").waitFor()

        // The manager's list has the room, and its button.
        await manager.page.getByRole("button", { name: "Room 7 is clean" }).click()
        await manager.page.getByText("clean ✓").waitFor()
        await night(other.page, 7, "taken").waitFor()

        await guest.page.getByText("The room is clean and waits for you.").waitFor()
        await guest.page.getByRole("button", { name: "Check in" }).click()
        await guest.page.getByText("Here is the key of room 7").waitFor()
        await night(guest.page, 7, "yours, you have checked in").waitFor()
        await waitForCount(wall.page, "event/GuestCheckedIn/7", "1")

        for (const { errors } of [guest, other, manager, wall]) assert.deepStrictEqual(errors, [])
      })
    )

    it.effect("is used with the keyboard alone", () =>
      visit(async ({ open }) => {
        const { page, errors } = await open("/guest")
        await night(page, 1, "free").waitFor()
        await page.locator('.night[tabindex="0"]').focus()
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("ArrowRight")
        await page.keyboard.press("Enter")
        await page.getByRole("heading", { name: "Room 2" }).waitFor()
        // After the card's heading the next tab stops are the number of nights and the button.
        await page.keyboard.press("Tab")
        assert.strictEqual(await page.evaluate("document.activeElement.type"), "number")
        await page.keyboard.press("Tab")
        assert.strictEqual(await page.evaluate("document.activeElement.textContent"), "Book")
        await page.keyboard.press("Enter")
        await page.getByText(/^Room 2 is yours for/u).waitFor()
        await page.keyboard.press("Escape")
        await page.waitForFunction(() =>
          /^Room 2, .*: yours/u.test(document.activeElement?.getAttribute("aria-label") ?? "")
        )
        const wall = await open("/")
        await wall.page.waitForSelector(".item")
        await wall.page.getByLabel("time", { exact: true }).focus()
        await wall.page.keyboard.press("Tab")
        for (const key of ["ArrowRight", "ArrowRight"]) await wall.page.keyboard.press(key)
        const focused = "document.activeElement.getAttribute('data-id')"
        assert.match(String(await wall.page.evaluate(focused)), /^rule\/2\//u)
        const steps: Array<unknown> = []
        for (let n = 0; n < 6 && !String(steps.at(-1)).startsWith("command"); n++) {
          await wall.page.keyboard.press("ArrowDown")
          steps.push(await wall.page.evaluate(focused))
        }
        assert.strictEqual(steps.at(-1), "command/BookRoom/2")
        await wall.page.keyboard.press("Enter")
        await wall.page.getByRole("heading", { name: "BookRoom" }).waitFor()
        await wall.page.waitForFunction(() => document.activeElement?.id === "panel-title")
        await wall.page.keyboard.press("Escape")
        assert.strictEqual(await wall.page.evaluate(focused), "command/BookRoom/2")
        await wall.page.keyboard.press("/")
        await wall.page.keyboard.type("guestcheckedin")
        await wall.page.getByText("1 result", { exact: true }).waitFor()
        for (const opened of [errors, wall.errors]) assert.deepStrictEqual(opened, [])
      })
    )

    it.effect("shows the result of a dry run, and executes a command only when it is sent", () =>
      visit(async ({ open }) => {
        const { page, errors } = await open("/")
        await note(page, "command/BookRoom/2").click()
        const before = await many(page, "event/RoomBooked/2")
        await page.getByLabel("room.id").fill("11")
        await page.getByLabel("date", { exact: true }).fill(day(3))
        await page.getByRole("button", { name: "dry run" }).click()
        await page.getByText("This would be appended:").waitFor()
        assert.strictEqual(await many(page, "event/RoomBooked/2"), before)
        await page.getByRole("button", { name: "send" }).click()
        await page.getByText("Done:").waitFor()
        await page.getByRole("button", { name: "dry run" }).click()
        await page.getByText("Room already booked").waitFor()
        assert.deepStrictEqual(errors, [])
      })
    )

    it.effect("goes back in time: counts, rows and the event at the position", () =>
      visit(async ({ app, open, put }) => {
        for (const room of [12, 13, 14]) {
          assert.strictEqual(
            await put("/mutation/book-room", { room: { id: room }, client: { id: 1 }, date: day(5) }),
            201
          )
        }
        const { page, errors } = await open("/")
        await page.waitForSelector(".connection.live")
        const facts = ((await (await fetch(`${app.url}/facts?type=RoomBooked&limit=500`)).json()) as any)
          .facts as ReadonlyArray<any>
        const second = facts.find(({ data }) => data.room.id === 13)
        const upTo = facts.filter(({ position }) => position <= second.position).length

        await page.getByLabel("time", { exact: true }).fill(String(second.position))
        await page.waitForSelector('[data-id="event/RoomBooked/2"].here')
        assert.strictEqual(await many(page, "event/RoomBooked/2"), String(upTo))
        await note(page, "view/Booking/3").click()
        await page.getByRole("heading", { name: `Rows as of ${second.position}` }).waitFor()
        await page.getByLabel("date", { exact: true }).fill(day(5))
        await rows(page, 2)

        await page.getByRole("button", { name: "back to now" }).click()
        await page.getByRole("heading", { name: "Rows now" }).waitFor()
        await rows(page, 3)
        assert.strictEqual(await many(page, "event/RoomBooked/2"), String(facts.length))
        assert.deepStrictEqual(errors, [])
      })
    )

    it.effect("is dragged through time with the mouse, from command to command, without animation meanwhile", () =>
      visit(async ({ app, open, put }) => {
        const { page, errors } = await open("/", { viewport: { width: 1440, height: 900 } })
        await page.waitForSelector(".connection.live")
        const room = { id: 17 }
        await put("/mutation/book-room", { room, client: { id: 1 }, date: day(8) })
        await put("/mutation/cleanup", { room, date: day(8) })
        // The last event of the two commands: the slider's end stays where it is once the wall shows the past.
        await page.locator(".now", { hasText: /RoomAvailable.*room 17/u }).waitFor()
        const slider = page.getByLabel("time", { exact: true })
        const track = (await slider.boundingBox())!
        const middle = track.y + track.height / 2
        await page.mouse.move(track.x + track.width - 8, middle)
        await page.mouse.down()
        for (const share of [0.9, 0.8, 0.6, 0.5]) await page.mouse.move(track.x + track.width * share, middle)
        await page.locator(".time.past output", { hasText: "as of" }).waitFor()
        assert.deepStrictEqual(await slider.boundingBox(), track)
        const middleOfLog = Number(await slider.inputValue())
        assert.approximately(middleOfLog / Number(await slider.getAttribute("max")), 0.5, 0.1)
        await page.mouse.up()
        assert.strictEqual(Number(await slider.inputValue()), middleOfLog)

        // New events are not animated on a wall that shows the past, and do not move its slider.
        await page.waitForFunction(() => document.querySelectorAll(".lit, .dots circle").length === 0)
        const max = await slider.getAttribute("max")
        const answered = page.waitForResponse((response) => response.url().endsWith("/operations"))
        await put("/mutation/book-room", { room, client: { id: 1 }, date: day(9) })
        await answered
        assert.strictEqual(await page.locator(".lit, .dots circle").count(), 0)
        assert.strictEqual(await slider.getAttribute("max"), max)

        // Two events that one command stored together are one step.
        const cleaned = (await (await fetch(`${app.url}/facts?type=RoomCleanedUp&limit=1`)).json()) as any
        const first = cleaned.facts[0].position
        await slider.fill(String(first))
        await page.locator(".about", { hasText: `position ${first + 1}` }).waitFor()
        assert.strictEqual(await slider.inputValue(), String(first + 1))
        await page.getByRole("button", { name: "back to now" }).click()
        await page.waitForSelector(".connection.live")
        assert.deepStrictEqual(errors, [])
      })
    )

    it.effect("shows the cause of an event", () =>
      visit(async ({ open, put }) => {
        const { page, errors } = await open("/")
        await page.waitForSelector(".connection.live")
        await put("/mutation/book-room", { room: { id: 15 }, client: { id: 1 }, date: day(6) })
        await note(page, "event/CleanUpScheduled/4").click()
        await page.locator(".event-line", { hasText: "room 15" }).first().click()
        await page.locator(".why > li").nth(1).waitFor()
        assert.deepStrictEqual(await page.locator(".why .chip").allTextContents(), ["BookRoom", "ScheduleCleaning"])
        await page.getByRole("region", { name: "CloudEvent" }).getByText('"causationid"').waitFor()
        assert.deepStrictEqual(errors, [])
      })
    )

    it.effect("fits its window with text of at least 11 pixels, keeps its names in view, and is dragged", () =>
      visit(async ({ open }) => {
        const { page, errors } = await open("/", { viewport: { width: 1440, height: 900 } })
        await page.waitForSelector(".connection.live")
        const smallest = `Math.min(...Array.from(document.querySelectorAll(".sheet text"), (text) =>
          Number.parseFloat(getComputedStyle(text).fontSize) * text.getCTM().a))`
        const overflow = `(({ scrollWidth, clientWidth, scrollHeight, clientHeight }) =>
          [scrollWidth - clientWidth, scrollHeight - clientHeight])(document.querySelector(".scroller"))`
        assert.isAtLeast((await page.evaluate(smallest)) as number, 11)
        // Eight columns fit; a board with more is scrolled.
        const fits = hotelBooking.slices.length <= 8
        if (fits) assert.deepStrictEqual(await page.evaluate(overflow), [0, 0])

        // A smaller window has all columns too, and scrolls down.
        await page.setViewportSize({ width: 1280, height: 720 })
        if (fits) await page.waitForFunction(() => document.querySelector("svg.board")!.clientWidth < 1280)
        const [aside, down] = (await page.evaluate(overflow)) as [number, number]
        if (fits) assert.strictEqual(aside, 0)
        assert.isAbove(down, 0)
        assert.isAtLeast((await page.evaluate(smallest)) as number, 11)

        // The mouse drags the wall, selects no text and opens nothing; the cards stay in view.
        const card = page.locator(".columns .card").first()
        const before = await card.boundingBox()
        await page.mouse.move(640, 500)
        await page.mouse.down()
        await page.mouse.move(640, 380, { steps: 5 })
        await page.mouse.up()
        assert.isAbove((await page.evaluate(`document.querySelector(".scroller").scrollTop`)) as number, 100)
        assert.deepStrictEqual(await card.boundingBox(), before)
        assert.strictEqual(await page.evaluate("String(getSelection())"), "")
        assert.strictEqual(await page.locator(".panel").count(), 0)
        await note(page, "event/RoomCleanedUp/6").click()
        await page.getByRole("heading", { name: "RoomCleanedUp" }).waitFor()
        assert.deepStrictEqual(errors, [])
      })
    )

    it.effect("opens a rule as its scenarios, and shows the board as a table", () =>
      visit(async ({ open }) => {
        const { page, errors } = await open("/")
        await note(page, "rule/2/it should be booked once").click()
        const scenario = page.locator(".scenario[open]")
        assert.include(await scenario.locator("dd").nth(0).textContent(), "RoomBooked")
        assert.include(await scenario.locator("dd").nth(1).textContent(), "BookRoom")
        assert.include(await scenario.locator("dd").nth(2).textContent(), "RoomAlreadyBooked")
        await page.getByRole("button", { name: "table", exact: true }).click()
        await page.getByRole("table", { name: /a row for each slice/u }).waitFor()
        assert.strictEqual(await page.locator(".table tbody tr").count(), hotelBooking.slices.length)
        assert.deepStrictEqual(errors, [])
      })
    )
  })
})
