import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { startApp } from "#test/support/startApp.ts"
import { testServer } from "#test/support/testServer.ts"
import { chromium } from "#test/web/support/chromium.ts"
import { browser, day, pageOpener } from "./support/web.ts"

/** The console error for a 503, which this test provokes. */
const isOutage = (text: string) => /the server responded with a status of 503/u.test(text)

describe.skipIf(chromium === undefined)("While the store is not reachable", () => {
  it.live(
    "the pages show the last known state with its age",
    () =>
      Effect.gen(function* () {
        const nats = yield* testServer()
        const app = yield* startApp({ NATS_URL: nats.url, LOG_LEVEL: "none" })
        const put = async (path: string, data: unknown) => {
          const headers = { "content-type": "application/json" }
          await fetch(`${app.url}${path}`, { method: "PUT", headers, body: JSON.stringify({ data }) })
        }
        const open = pageOpener(yield* browser, app.url)
        yield* Effect.addFinalizer(() => Effect.sync(() => process.kill(nats.pid, "SIGCONT")))
        yield* Effect.promise(async () => {
          await put("/mutation/add-room", { room: { id: 1 } })
          await put("/mutation/book-room", { room: { id: 1 }, client: { id: 1 }, date: day() })
          const [guest, manager, wall] = await Promise.all([open("/guest"), open("/manager"), open("/")])
          const night = guest.page.locator(".night.yours")
          const stale = guest.page.getByText(/^as of \d+ s ago$/u)
          const unreachable = wall.page.getByText("the log is not reachable")
          await night.waitFor()
          await wall.page.waitForSelector(".connection.live")
          assert.strictEqual(await stale.count(), 0)

          process.kill(nats.pid, "SIGSTOP")
          await stale.waitFor()
          await unreachable.waitFor()
          assert.strictEqual(await night.count(), 1)
          // Nights that were not loaded are not shown as free.
          const later = { name: "A week later" }
          await guest.page.getByRole("button", later).click()
          await guest.page.locator(".night.unknown").nth(6).waitFor()
          assert.strictEqual(await guest.page.locator(".night.free").count(), 7)
          await manager.page.getByRole("button", later).click()
          await manager.page.getByText("not known right now").waitFor()

          // A row that was read before is served with its age.
          const rooms = await fetch(`${app.url}/rooms`)
          assert.strictEqual(rooms.status, 200)
          assert.isAbove(Number(rooms.headers.get("age")), 0)

          process.kill(nats.pid, "SIGCONT")
          await stale.waitFor({ state: "detached" })
          await unreachable.waitFor({ state: "detached" })
          await guest.page.locator(".night.unknown").first().waitFor({ state: "detached" })
          await guest.page.getByText("live", { exact: true }).waitFor()
          await manager.page.getByText("Nothing is booked for this night").waitFor()
          for (const { errors } of [guest, manager, wall])
            assert.deepStrictEqual(
              errors.filter((error) => !isOutage(error)),
              []
            )
        })
      }).pipe(Effect.scoped),
    90_000
  )
})
