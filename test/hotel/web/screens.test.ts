import { assert, describe, layer } from "@effect/vitest"
import type { Page, Route } from "playwright-core"
import { violations } from "#test/web/support/axe.ts"
import { chromium } from "#test/web/support/chromium.ts"
import { day, visit, webLayer } from "./support/web.ts"

const night = (page: Page, room: number, state = "") =>
  page.getByRole("button", { name: new RegExp(`^Room ${room}, .*: ${state}`, "u") })
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true })
const query = (page: Page) => Object.fromEntries(new URL(page.url()).searchParams)

/** Console errors that these tests provoke. */
const isProvoked = (text: string) => /the server responded with a status of 503|ERR_FAILED/u.test(text)
const unexpected = (errors: ReadonlyArray<string>) => errors.filter((error) => !isProvoked(error))

const forDevelopers = "Of no use to a guest."

const answering =
  (status: number, code: string, headers: Readonly<Record<string, string>> = {}) =>
  (route: Route): Promise<void> =>
    route.fulfill({
      status,
      headers,
      contentType: "application/problem+json",
      body: JSON.stringify({ status, code, title: "Technical", detail: forDevelopers })
    })

/** Delays requests to a path until the returned function is called. */
const delayed = async (page: Page, path: RegExp) => {
  let release = () => {}
  const released = new Promise<void>((resolve) => (release = resolve))
  await page.route(path, async (route) => {
    await released
    await route.continue()
  })
  return release
}

const lists = /\/(?:rooms|operations|views\/[a-z-]+)(?:\?|$)/u

describe.skipIf(chromium === undefined)("The two screens", () => {
  layer(webLayer({ EVENT_LOG: "memory", ROOMS: "1-205", LOG_LEVEL: "none" }), { excludeTestServices: true })(
    "offer",
    (it) => {
      it.effect(
        "tonight and later, and a check-in for tonight only",
        () =>
          visit(async ({ open, put }) => {
            for (const date of [day(), day(6)]) {
              await put("/mutation/book-room", { room: { id: 1 }, client: { id: 1 }, date })
              await put("/mutation/cleanup", { room: { id: 1 }, date })
            }
            const { page, errors } = await open("/guest")
            const ready = night(page, 1, "yours, clean and ready")
            await ready.nth(1).waitFor()
            assert.strictEqual(await night(page, 1).count(), 14)
            assert.strictEqual(await button(page, "A week earlier").getAttribute("aria-disabled"), "true")
            assert.strictEqual(await page.getByLabel("First night").getAttribute("min"), day())

            await ready.first().click()
            await button(page, "Check in").waitFor()
            assert.strictEqual(await button(page, "Book").count(), 0)
            await ready.nth(1).click()
            await page.getByText("You can check in on the day.").waitFor()
            assert.strictEqual(await button(page, "Check in").count(), 0)

            // An address of a night that is over shows tonight.
            await page.goto(new URL(`/guest?date=${day(-8)}&room=1&night=${day(-8)}`, page.url()).href)
            await page.getByText("That night is over.").waitFor()
            await night(page, 1).first().waitFor()
            assert.strictEqual(await page.getByLabel("First night").inputValue(), day())

            // The manager can open past days, but their rooms have no clean button.
            await put("/mutation/book-room", { room: { id: 2 }, client: { id: 1 }, date: day(-2) })
            await page.goto(new URL(`/manager?date=${day(-2)}`, page.url()).href)
            await page.getByText("was not cleaned").waitFor()
            assert.strictEqual(await page.getByRole("button", { name: /^(?:Room \d+ is )?clean$/iu }).count(), 0)
            assert.deepStrictEqual(errors, [])
          }),
        60_000
      )

      it.effect(
        "another night at midnight, by the clock of the browser",
        () =>
          visit(async ({ open }) => {
            const { page } = await open("/guest")
            await page.clock.install({ time: new Date("2031-05-06T23:59:30") })
            await page.reload()
            const first = page.getByLabel("First night")
            await night(page, 1).first().waitFor()
            assert.strictEqual(await first.inputValue(), "2031-05-06")
            await page.clock.fastForward(60_000)
            await page.waitForFunction(`document.querySelector("input[type=date]").value === "2031-05-07"`)
            assert.strictEqual(await page.getByRole("columnheader", { name: / 6 May /u }).count(), 0)
          }),
        60_000
      )

      it.effect(
        "a rejection text that distinguishes the guest's own booking of a night that seemed free from another's",
        () =>
          visit(async ({ open, put }) => {
            const { page, errors } = await open("/guest")
            await night(page, 3, "free").nth(1).waitFor()
            // The page does not receive the booking before the button is pressed.
            const release = await delayed(page, /\/views\/booking\?/u)
            for (const [date, id] of [
              [day(), 1],
              [day(1), 9]
            ] as const)
              await put("/mutation/book-room", { room: { id: 3 }, client: { id }, date })
            await night(page, 3, "free").nth(1).click()
            await button(page, "Book").click()
            await page.getByText("This room is booked for that night already.").waitFor()
            await night(page, 3, "free").first().click()
            await button(page, "Book").click()
            const notice = page.locator(".notice")
            await notice.getByText("This room is booked for that night already.").waitFor()
            assert.notMatch((await notice.textContent())!, /somebody/iu)
            release()
            await page.getByText("You had booked this night already. There is nothing more to do.").waitFor()
            assert.strictEqual(await page.locator(".notice.no").count(), 0)
            assert.strictEqual(await button(page, "Book").count(), 0)
            assert.deepStrictEqual(errors, [])
          }),
        60_000
      )

      it.effect(
        "no error that a later state contradicts",
        () =>
          visit(async ({ open, put }) => {
            await put("/mutation/book-room", { room: { id: 4 }, client: { id: 1 }, date: day() })
            const { page, errors } = await open("/guest")
            await night(page, 4, "yours").click()
            await button(page, "Check in").click()
            await page.locator(".notice.no", { hasText: "Room not available" }).waitFor()
            await put("/mutation/cleanup", { room: { id: 4 }, date: day() })
            await page.getByText("The room is clean and waits for you.").waitFor()
            assert.strictEqual(await page.locator(".notice").count(), 0)

            // On the manager's page an error disappears when the button is pressed again.
            const manager = (await open("/manager")).page
            const add = async (room: number) => {
              await manager.getByRole("region", { name: "Rooms" }).getByLabel("Room").fill(String(room))
              await button(manager, "Add").click()
            }
            await manager.route(/\/mutation\//u, answering(503, "LogFull"))
            await add(300)
            await manager.getByText("The hotel cannot do this right now").waitFor()
            await manager.unroute(/\/mutation\//u)
            const release = await delayed(manager, /\/mutation\//u)
            await button(manager, "Add").click()
            await manager.locator(".notice").waitFor({ state: "detached" })
            release()
            await manager.getByText("Room 300 is there, and can be booked.").waitFor()

            // An existing room is not reported as added.
            await add(300)
            await manager
              .locator(".notice.info", { hasText: "The hotel had room 300 before. Nothing was added." })
              .waitFor()
            assert.strictEqual(await manager.locator(".notice").count(), 1)
            assert.deepStrictEqual(unexpected(errors), [])
          }),
        60_000
      )

      it.effect(
        "a text for every problem of a command, and the unknown outcome of a command after a reload",
        () =>
          visit(async ({ open }) => {
            const { page, errors } = await open("/guest")
            await night(page, 5, "free").nth(3).click()
            const notice = page.locator(".notice.no")
            const cases: ReadonlyArray<readonly [status: number, code: string, text: string, after?: string]> = [
              [400, "InvalidRequest", "This input is not valid. Nothing was done. Check what you entered"],
              [403, "CrossSiteRequest", "The hotel does not accept this from here."],
              [421, "HostNotAllowed", "Open this page under the hotel's own address."],
              [404, "RouteNotFound", "Load the page again."],
              [422, "CommandIdReused", "Nothing was done. Press the button once more."],
              [429, "TooManyRefusals", "Nothing was done. Try again in 7 seconds.", "7"],
              [503, "Contended", "The hotel is busy. Nothing was done. Try again in a moment."],
              [503, "FactUnreadable", "Choose another room or another night", "60"],
              [503, "LogFull", "The hotel cannot do this right now. Nothing was done", "60"]
            ]
            for (const [status, code, text, after] of cases) {
              await page.route(
                /\/mutation\//u,
                answering(status, code, after === undefined ? {} : { "retry-after": after })
              )
              await button(page, "Book").click()
              await notice.getByText(text).waitFor()
              assert.notInclude(await page.locator("main").textContent(), forDevelopers)
              await page.unroute(/\/mutation\//u)
            }
            // All these commands had no effect, so no outcome is unknown.
            await page.reload()
            await button(page, "Book").waitFor()
            assert.strictEqual(await notice.count(), 0)
            for (const lost of [answering(503, "LogUnavailable"), (route: Route) => route.abort()]) {
              await page.route(/\/mutation\//u, lost)
              await button(page, "Book").click()
              await notice
                .getByText("It is not known whether this was done. No answer came. Press the button again")
                .waitFor()
              await page.unroute(/\/mutation\//u)
            }
            await page.reload()
            await notice.getByText("It is not known whether this was done").waitFor()
            await button(page, "Book").click()
            await page.getByText(/^Room 5 is yours for/u).waitFor()
            assert.strictEqual(await notice.count(), 0)
            assert.deepStrictEqual(unexpected(errors), [])
          }),
        60_000
      )

      it.effect(
        "a valid guest number",
        () =>
          visit(async ({ open }) => {
            const { page } = await open("/guest")
            const who = page.getByLabel("You are guest")
            await who.fill("7")
            await who.fill("0")
            await page.getByText("You are still guest 7.").waitFor()
            await who.fill("8")
            await page.getByText("You are still guest 7.").waitFor({ state: "detached" })
            await page.reload()
            assert.strictEqual(await who.inputValue(), "8")
          }),
        60_000
      )
    }
  )

  layer(webLayer({ EVENT_LOG: "memory", ROOMS: "1-205", LOG_LEVEL: "none" }), { excludeTestServices: true })(
    "show",
    (it) => {
      it.effect(
        "that a list is loading, empty, unavailable or old",
        () =>
          visit(async ({ open }) => {
            for (const [path, loading, there, empty] of [
              ["/guest", "Loading rooms and nights…", ".night.free", "The hotel has no rooms yet."],
              ["/manager", "Loading the rooms of this day…", ".day", "Nothing is booked for this night"]
            ] as const) {
              const { page, errors } = await open(path)
              await page.locator(there).first().waitFor()
              const release = await delayed(page, lists)
              await page.reload()
              await page.getByText(loading).waitFor()
              // The page claims nothing that is not loaded.
              const body = await page.locator("body").textContent()
              assert.notMatch(body!, /no rooms|has 0 rooms|Nothing is|connection lost|–/u)
              release()
              await page.getByText(loading).waitFor({ state: "detached" })
              await page.unroute(lists)

              const failing = async (route: (route: Route) => Promise<void>, title: string) => {
                await page.route(lists, route)
                await page.reload()
                await page.getByRole("heading", { name: title }).waitFor()
                const text = await page.locator("body").textContent()
                assert.notInclude(text, forDevelopers)
                assert.notMatch(text!, /no rooms|Nothing is|has 0 rooms/u)
                assert.strictEqual(/connection lost/u.test(text!), title === "The hotel cannot be reached", title)
                await page.unroute(lists)
              }
              await failing(answering(404, "RouteNotFound"), "This page is out of date")
              await failing(answering(503, "StoreUnavailable"), "The hotel's lists are not available")
              await failing(
                answering(503, "ViewRebuilding", { "retry-after": "1" }),
                "The hotel is preparing its lists"
              )
              await failing((route) => route.abort(), "The hotel cannot be reached")

              // The button loads at once.
              await button(page, "Try now").click()
              await page.locator(there).first().waitFor()
              await page.getByRole("heading", { name: "The hotel cannot be reached" }).waitFor({ state: "detached" })

              await page.route(lists, answering(503, "StoreUnavailable"))
              await page.getByText(/^as of \d+ s ago$/u).waitFor({ timeout: 15_000 })
              await page.getByText("The hotel's lists are not available", { exact: true }).waitFor()
              assert.isAbove(await page.locator(there).count(), 0)
              await page.unroute(lists)
              await page.getByText(/^as of \d+ s ago$/u).waitFor({ state: "detached" })

              await page.route(/\/(?:rooms|views\/[a-z-]+)(?:\?|$)/u, async (route) => {
                const response = await route.fetch()
                const body = (await response.json()) as object
                await route.fulfill({ response, json: { ...body, ...("view" in body ? {} : { rooms: [] }) } })
              })
              await page.reload()
              await page.getByText(empty).waitFor()
              await page.unrouteAll({ behavior: "wait" })
              assert.deepStrictEqual(unexpected(errors), [])
            }
          }),
        120_000
      )

      it.effect(
        "the view of their address, and Back leads to the previous view",
        () =>
          visit(async ({ open, put }) => {
            await put("/mutation/book-room", { room: { id: 7 }, client: { id: 2 }, date: day(9) })
            const { page, errors } = await open("/guest")
            await night(page, 2, "free").nth(4).click()
            assert.deepStrictEqual(query(page), { room: "2", night: day(4) })
            await page.getByRole("heading", { name: "Room 2", exact: true }).waitFor()
            await button(page, "A week later").click()
            await page.getByRole("heading", { name: "Room 2", exact: true }).waitFor({ state: "detached" })
            await night(page, 7, "taken").click()
            assert.deepStrictEqual(query(page), { date: day(7), room: "7", night: day(9) })
            const title = await page.title()
            assert.match(title, /^Room 7, /u)

            // Another browser shows the same at this address.
            const other = await open(`/guest${new URL(page.url()).search}`)
            await other.page.getByText("Somebody else has booked this night.").waitFor()
            assert.strictEqual(await other.page.getByLabel("First night").inputValue(), day(7))
            assert.strictEqual(await other.page.title(), title)

            await page.goBack()
            await page.getByRole("heading", { name: "Room 7", exact: true }).waitFor({ state: "detached" })
            assert.strictEqual(await page.getByLabel("First night").inputValue(), day(7))
            await page.goBack()
            await page.getByRole("heading", { name: "Room 2", exact: true }).waitFor()
            assert.strictEqual(await page.getByLabel("First night").inputValue(), day())
            await page.goForward()
            await page.goForward()
            await page.getByRole("heading", { name: "Room 7", exact: true }).waitFor()

            // An address with a room or a night only also leads there; an invalid one does no harm.
            await page.goto(new URL(`/guest?room=200&night=${day(40)}`, page.url()).href)
            await page.getByText("Nobody has booked this night.").waitFor()
            await night(page, 200, "free").first().waitFor()
            await page.goto(new URL(`/guest?room=999&night=${day()}&date=2026-02-31&from=x`, page.url()).href)
            await page.getByText("The hotel has no room 999.").waitFor()
            await night(page, 1).first().waitFor()

            const manager = await open("/manager")
            await manager.page.locator(".day").nth(2).click()
            await button(manager.page, "To clean").click()
            assert.deepStrictEqual(query(manager.page), { date: day(2), show: "open" })
            await manager.page.reload()
            await manager.page.locator(".day.chosen").waitFor()
            assert.strictEqual(await manager.page.locator(".day").nth(2).getAttribute("aria-pressed"), "true")
            assert.strictEqual(await button(manager.page, "To clean").getAttribute("aria-pressed"), "true")
            await manager.page.goBack()
            await manager.page.goBack()
            await manager.page.waitForFunction(
              () => document.querySelector(".day")?.getAttribute("aria-pressed") === "true"
            )
            assert.strictEqual(await button(manager.page, "All rooms").getAttribute("aria-pressed"), "true")
            for (const opened of [errors, other.errors, manager.errors]) assert.deepStrictEqual(opened, [])
          }),
        60_000
      )

      it.effect(
        "long lists page by page",
        () =>
          visit(async ({ open, put }) => {
            const date = day(1)
            const rooms = Array.from({ length: 205 }, (_, n) => n + 1)
            await Promise.all(rooms.map((id) => put("/mutation/book-room", { room: { id }, client: { id: 3 }, date })))
            const { page, errors } = await open("/guest")
            await page.getByText("1 to 40 of 205 rooms").waitFor()
            await button(page, "Next rooms").click()
            await page.getByText("41 to 80 of 205 rooms").waitFor()
            assert.strictEqual(query(page)["from"], "41")
            await night(page, 80, "taken").waitFor()
            assert.strictEqual(await page.locator(".night").count(), 40 * 14)
            await page.getByLabel("Begin with room").fill("199")
            await page.keyboard.press("Enter")
            await page.getByText("199 to 205 of 205 rooms").waitFor()
            await night(page, 205, "taken").waitFor()
            await page.goBack()
            await page.getByText("41 to 80 of 205 rooms").waitFor()
            await button(page, "Previous rooms").click()
            await page.getByText("1 to 40 of 205 rooms").waitFor()
            assert.deepStrictEqual(query(page), {})

            const manager = await open(`/manager?date=${date}`)
            await manager.page.getByText("1 to 100 of 205 rooms").waitFor()
            assert.strictEqual(await manager.page.locator(".room").count(), 100)
            await button(manager.page, "Next rooms").click()
            await button(manager.page, "Next rooms").click()
            await manager.page.getByText("201 to 205 of 205 rooms").waitFor()
            assert.strictEqual(await manager.page.locator(".room").count(), 5)

            // With the keyboard the focus moves to the next room.
            await manager.page.getByRole("button", { name: "Room 202 is clean" }).focus()
            await button(manager.page, "To clean").click()
            await manager.page.getByText("1 to 100 of 205 rooms").waitFor()
            await manager.page.getByRole("button", { name: "Room 1 is clean" }).press("Enter")
            await manager.page.getByText("1 to 100 of 204 rooms").waitFor()
            await manager.page.waitForFunction(() => document.activeElement?.textContent === "Clean")

            // So many dead letters are hard to produce.
            const parked = Array.from({ length: 60 }, (_, n) => ({
              id: `view-booking.${n + 1}`,
              by: "view-booking",
              place: "room-night/1_2026-12-24",
              position: n + 1,
              type: "RoomBooked",
              reason: "It cannot be read.",
              since: new Date().toISOString(),
              attempts: 1,
              behind: false
            }))
            await manager.page.route("**/operations/parked", (route) => route.fulfill({ json: { parked } }))
            await manager.page.route("**/operations", async (route) => {
              const operations = await (await fetch(route.request().url())).json()
              operations.views.Booking.parked = parked.length
              await route.fulfill({ json: operations })
            })
            await manager.page.getByText("1 to 50 of 60 items").waitFor()
            await button(manager.page, "Next items").click()
            await manager.page.getByText("51 to 60 of 60 items").waitFor()
            assert.strictEqual(await manager.page.locator(".parked-work li").count(), 10)
            await manager.page.unrouteAll({ behavior: "wait" })
            for (const opened of [errors, manager.errors]) assert.deepStrictEqual(opened, [])
          }),
        120_000
      )
    }
  )

  layer(webLayer({ EVENT_LOG: "memory", ROOMS: "1-9", LOG_LEVEL: "none" }), { excludeTestServices: true })(
    "have",
    (it) => {
      it.effect(
        "accessible names, headings in order, and all content on a small screen",
        () =>
          visit(async ({ open, put }) => {
            await put("/mutation/book-room", { room: { id: 9 }, client: { id: 1 }, date: day() })
            const headings = `Array.from(document.querySelectorAll("h1,h2,h3,h4"), ({ tagName }) => Number(tagName[1]))`
            // A phone of 360 pixels; and a window of 1280 × 720 at 200 %.
            for (const [width, height, colorScheme] of [
              [360, 640, "light"],
              [640, 360, "dark"]
            ] as const) {
              const shape = { viewport: { width, height }, colorScheme, reducedMotion: "reduce" } as const
              const [guest, manager] = await Promise.all([open("/guest", shape), open("/manager", shape)])
              await night(guest.page, 9, "yours").click()
              const today = await guest.page.evaluate(() =>
                new Intl.DateTimeFormat("en-GB", {
                  weekday: "long",
                  day: "numeric",
                  month: "long",
                  year: "numeric"
                }).format()
              )
              await guest.page.getByRole("rowheader", { name: "Room 9", exact: true }).waitFor()
              await guest.page.getByRole("columnheader", { name: today, exact: true }).waitFor()
              await guest.page.getByRole("region", { name: "Room 9" }).waitFor()
              await manager.page.getByRole("button", { name: `Today, ${today}: 0 of 1 rooms clean` }).waitFor()
              for (const { page, errors } of [guest, manager]) {
                const what = `${page.url()}, ${width} × ${height}, ${colorScheme}`
                assert.deepStrictEqual(await violations(page, "body"), [], what)
                const levels = (await page.evaluate(headings)) as ReadonlyArray<number>
                assert.deepStrictEqual(levels.slice(0, 2), [1, 2], what)
                for (const [n, level] of levels.entries()) assert.isAtMost(level, (levels[n - 1] ?? 0) + 1, what)
                assert.strictEqual(
                  await page.evaluate("document.documentElement.scrollWidth > innerWidth"),
                  false,
                  what
                )
                assert.deepStrictEqual(await wrapped(page), [], what)
                assert.deepStrictEqual(await unseen(page), [], what)
                assert.deepStrictEqual(errors, [], what)
              }
            }
          }),
        120_000
      )
    }
  )
})

/** Dates that wrap onto more than one line. */
const wrapped = (page: Page): Promise<ReadonlyArray<string>> =>
  page.evaluate(() =>
    Array.from(document.querySelectorAll<HTMLElement>(".date, .day > *, thead th > *"))
      .filter((date) => date.clientHeight > 1.7 * Number.parseFloat(getComputedStyle(date).lineHeight))
      .map((date) => date.textContent ?? "")
  )

/** Elements that get the focus by the tab key without an outline, or covered by others. */
const unseen = async (page: Page): Promise<ReadonlyArray<string>> => {
  const found = new Set<string>()
  await page.locator("h1").click()
  for (let n = 0; n < 60; n++) {
    await page.keyboard.press("Tab")
    const at = await page.evaluate(() => {
      const element = document.activeElement as HTMLElement
      if (element === document.body) return "body"
      const { outlineStyle, outlineWidth } = getComputedStyle(element)
      const { left, top, width, height } = element.getBoundingClientRect()
      const over = document.elementFromPoint(left + width / 2, top + height / 2)
      const isCovered = !(over && (element.contains(over) || over.contains(element)))
      const name = element.getAttribute("aria-label") ?? element.textContent ?? ""
      return outlineStyle === "none" || outlineWidth === "0px" || isCovered ? `${name} (${isCovered})` : ""
    })
    if (at === "body") break
    if (at !== "") found.add(at)
  }
  return Array.from(found)
}
