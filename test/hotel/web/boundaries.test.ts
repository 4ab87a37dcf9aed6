import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Page } from "playwright-core"
import { clinic } from "#test/boards/clinicBoard.ts"
import { memoryBackend, runningBoard } from "#test/support/backends.ts"
import { violations } from "#test/web/support/axe.ts"
import { chromium } from "#test/web/support/chromium.ts"
import { lowContrastTexts } from "#test/web/support/contrast.ts"
import { openBoard } from "./support/web.ts"

const [doctor, patient] = [{ id: "ada" }, { id: "joe" }]

const commands = [
  ["/hire-doctor", { doctor }],
  ["/take-policy", { patient }],
  ["/make-appointment", { doctor, patient, hour: 9 }]
] as const

const runCommands = async (url: string) => {
  for (const [path, data] of commands) {
    const headers = { "content-type": "application/json" }
    const { status } = await fetch(`${url}${path}`, { method: "PUT", headers, body: JSON.stringify({ data }) })
    assert.strictEqual(status, 201, path)
  }
}

/** Parts of the open panel that are wider than it. */
const tooWide = (page: Page) =>
  page.locator(".panel-body").evaluate(({ clientWidth, scrollWidth }) => scrollWidth - clientWidth)

const heading = (page: Page, name: string) => page.getByRole("heading", { name, exact: true }).waitFor()

/** Opens a page of the clinic after an appointment, and asserts that it logs no error. */
const visitClinic = (path: string, colorScheme: "light" | "dark", visit: (page: Page) => Promise<void>) =>
  Effect.gen(function* () {
    const { open, url } = yield* openBoard(clinic)
    yield* Effect.promise(async () => {
      await runCommands(url)
      const { errors, page } = await open(path, { colorScheme })
      await page.waitForSelector(".connection.live")
      await visit(page)
      assert.deepStrictEqual(errors, [])
    })
  }).pipe(Effect.scoped, Effect.provide(runningBoard(clinic, memoryBackend)))

describe.skipIf(chromium === undefined)("Boundaries on the wall", () => {
  it.live.each(["light", "dark"] as const)(
    "are named by commands and lanes, and explained by the legend: %s",
    (colorScheme) =>
      visitClinic("/", colorScheme, async (page) => {
        assert.deepStrictEqual(await lowContrastTexts(page), [])
        await page.locator(".names text", { hasText: /^also /u }).waitFor()
        assert.strictEqual(await page.locator(".arrow.checks .bar").count(), 2)
        await page.getByRole("button", { name: /MakeAppointment.*guards doctor-hour · day-of-the-patient/u }).click()
        for (const title of ["guarded", "checked", "trusted"]) await heading(page, `Consistency boundaries, ${title}`)
        assert.strictEqual(await tooWide(page), 0)
        await page.getByRole("button", { name: "legend" }).click()
        await heading(page, "Legend")
        assert.strictEqual(new URL(page.url()).hash, "#legend")
        assert.deepStrictEqual(await violations(page, ".panel"), [])
        assert.strictEqual(await tooWide(page), 0)
        await page.keyboard.press("Escape")
        await page.waitForFunction(() => document.activeElement?.textContent?.trim() === "legend")
      }),
    60_000
  )

  it.live(
    "have event streams, whose copies lead to their original, and each event to all of its event streams",
    () =>
      visitClinic("/#event/AppointmentMade", "light", async (page) => {
        const foundIn = page.locator(".panel section", { hasText: "Found in" })
        await foundIn.getByText("doctor-hour of doctor, hour").waitFor()
        await foundIn.getByText("day-of-the-patient of patient · as a copy").waitFor()
        assert.deepStrictEqual(await violations(page, ".panel"), [])
        await page.locator(".event-line", { hasText: "AppointmentMade" }).click()
        await heading(page, "Position 3")
        await page.getByRole("button", { name: "day-of-the-patient/joe" }).click()
        await heading(page, "day-of-the-patient/joe")
        assert.strictEqual(new URL(page.url()).hash, "#stream/day-of-the-patient/joe")
        await page.locator(".event-line", { hasText: "· copy" }).click()
        await heading(page, "A copy, found in")
        assert.deepStrictEqual(await violations(page, ".panel"), [])
        await page.getByRole("button", { name: "original" }).click()
        await heading(page, "Position 3")
        await page.getByRole("button", { name: "doctor-hour/ada_9" }).click()
        await heading(page, "Guarded by")
        assert.strictEqual(await page.locator(".event-line", { hasText: "· copy" }).count(), 0)
        assert.strictEqual(await tooWide(page), 0)
      }),
    60_000
  )

  it.live(
    "overflow nothing: the names of rows stay in their column, which does not cover the panel of a phone",
    () =>
      visitClinic("/", "light", async (page) => {
        const overflowing = await page.locator(".names").evaluate((names) => {
          const { right } = names.getBoundingClientRect()
          return Array.from(names.querySelectorAll("text"))
            .filter((text) => text.getBoundingClientRect().right > right)
            .map(({ textContent }) => textContent)
        })
        assert.deepStrictEqual(overflowing, [])
        await page.setViewportSize({ width: 390, height: 780 })
        await page.getByRole("button", { name: "legend" }).click()
        await heading(page, "Legend")
        const isCovered = await page.locator("#panel-title").evaluate((title) => {
          // The names of the rows let clicks through, which would hide them from the search for the topmost element.
          document.querySelector<SVGElement>(".names")!.style.pointerEvents = "auto"
          const { left, top } = title.getBoundingClientRect()
          return document.elementFromPoint(left + 3, top + 3)!.closest(".panel") === null
        })
        assert.isFalse(isCovered)
      }),
    60_000
  )

  it.live(
    "have copies that are no moment of their own: the wall shows the event before, and steps to the one after",
    () =>
      visitClinic("/", "light", async (page) => {
        const response = await page.request.put(new URL("/hire-doctor", page.url()).href, {
          data: { data: { doctor: { id: "eve" } } }
        })
        assert.strictEqual(response.status(), 201)
        // Positions 1 to 3 have events, 4 has the copy of 3, and 5 an event again.
        await page.locator(".about", { hasText: "position 5" }).waitFor()
        const time = page.getByLabel("time", { exact: true })
        await time.fill("4")
        await page.locator(".time.past output", { hasText: "as of 3" }).waitFor()
        await time.press("ArrowRight")
        await page.locator(".time output", { hasText: /^now$/u }).waitFor()
      }),
    60_000
  )

  it.live(
    "that do not exist lead to the reason",
    () =>
      visitClinic("/#stream/ward/1", "light", async (page) => {
        await page.getByText("Clinic has no event stream “ward/1”.").waitFor()
      }),
    60_000
  )
})
