import { spawnSync } from "node:child_process"
import { Data, Effect } from "effect"
import { chromium as playwright, type Page } from "playwright-core"
import { argumentsOf, run } from "#app/program.ts"
import { day } from "#test/hotel/web/support/web.ts"
import { startApp } from "#test/support/startApp.ts"
import { temporaryFolder } from "#test/support/testServer.ts"

// Takes the screenshots of the README, of the pages of a hotel with bookings.

const put = async (url: string, path: string, data: unknown) => {
  const headers = { "content-type": "application/json" }
  await fetch(`${url}${path}`, { method: "PUT", headers, body: JSON.stringify({ data }) })
}

/** Fixed stays: client, room, date, and their progress. */
const stays = Array.from({ length: 96 }, (_, n) => ({
  room: { id: 1 + ((n * 7) % 20) },
  client: { id: 1 + ((n * 5) % 6) },
  date: day((n * 11 + Math.floor(n / 7)) % 14),
  clean: (n * 13) % 5 < 3,
  in: (n * 17) % 4 === 0
}))

const makeBookings = async (url: string) => {
  for (const { room, client, date, clean, in: checkedIn } of stays) {
    await put(url, "/mutation/book-room", { room, client, date })
    if (clean) await put(url, "/mutation/cleanup", { room, date })
    if (clean && checkedIn) await put(url, "/mutation/checkin", { room, client, date })
  }
}

/** Makes one more booking, so that the screenshot shows the wall while it animates that event. */
const bookDuringScreenshot = (url: string) => async (page: Page) => {
  await page.waitForSelector(".connection.live")
  await put(url, "/mutation/book-room", {
    room: { id: 20 },
    client: { id: 3 },
    date: day(20 + Math.floor(Math.random() * 900))
  })
  await page.waitForSelector('[data-id="event/RoomBooked/2"].lit')
  await page.waitForTimeout(380)
}

const wide = { width: 1880, height: 980 }
const narrow = { width: 1280, height: 820 }

const screenshots = (url: string) =>
  [
    ["wall-light", "/", "light", wide, bookDuringScreenshot(url)],
    ["wall-dark", "/", "dark", wide, bookDuringScreenshot(url)],
    ["guest", "/guest", "light", narrow, (page: Page) => page.locator(".night.ready").first().click()],
    ["manager", "/manager", "light", narrow, (page: Page) => page.locator(".day").nth(1).click()]
  ] as const

const takeScreenshots = async (url: string, executablePath: string, args: ReadonlyArray<string>) => {
  await makeBookings(url)
  const browser = await playwright.launch({ executablePath, args: [...args] })
  for (const [name, path, colorScheme, viewport, prepare] of screenshots(url)) {
    const page = await browser.newPage({ colorScheme, viewport, locale: "en-GB" })
    await page.goto(`${url}${path}`)
    await page.evaluate("document.fonts.ready")
    await prepare(page)
    await page.screenshot({ path: `docs/${name}.png` })
    console.log(`docs/${name}.png`)
    await page.close()
  }
  await browser.close()
}

/** Runs the scenarios, so that the wall marks each rule with its result for the current code. */
const runScenarioTests = () =>
  spawnSync(process.execPath, ["node_modules/vitest/vitest.mjs", "run", "test/domain/model/scenarios.test.ts"], {
    stdio: "ignore"
  })

const usage = `Usage: npm run screenshots

Takes the screenshots of README.md, in docs/, of a hotel with bookings. Needs Chromium or Chrome.`

class NoChromium extends Data.TaggedError("NoChromium") {
  override readonly message =
    "There is no Chromium to take the screenshots with: install Chromium or Chrome, or set CHROMIUM to the path of one."
}

const main = Effect.gen(function* () {
  yield* argumentsOf(usage, {})
  // This module may install Chromium, so it is imported only when it is needed.
  const { chromium, flags } = yield* Effect.promise(() => import("#test/web/support/chromium.ts"))
  if (chromium === undefined) return yield* new NoChromium()
  runScenarioTests()
  const app = yield* startApp({ DATA_DIR: yield* temporaryFolder })
  yield* Effect.promise(() => takeScreenshots(app.url, chromium, flags))
}).pipe(Effect.scoped)

run({ usage, main, onClosedOutput: "end" })
