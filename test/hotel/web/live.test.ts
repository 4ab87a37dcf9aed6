import { assert, describe, it, layer } from "@effect/vitest"
import { Effect } from "effect"
import type { Page } from "playwright-core"
import { startApp } from "#test/support/startApp.ts"
import { temporaryFolder } from "#test/support/testServer.ts"
import { violations } from "#test/web/support/axe.ts"
import { chromium } from "#test/web/support/chromium.ts"
import { recordStates, rowText, showsState } from "#test/web/support/livePage.ts"
import { freePort } from "../../../bench/freePort.ts"
import { browser, day, pageOpener, visit, webLayer } from "./support/web.ts"

const ports = await Promise.all([freePort(), freePort()])
const liveSettings = { LIVE: "true", PORT: String(ports[0]), NATS_WEBSOCKET_PORT: String(ports[1]) }

const book = (room: number, date = day()) => ({ room: { id: room }, client: { id: 1 }, date })
const waitForRow = (page: Page, key: string) => page.locator(`tr[data-key="${key}"]`).waitFor()

describe.skipIf(chromium === undefined)("The page of live rows", () => {
  layer(webLayer(liveSettings), { timeout: 60_000, excludeTestServices: true })("on the app's own server", (it) => {
    it.effect("shows each row when it is stored, without a reload, and highlights what changed", () =>
      visit(async ({ open, put }) => {
        assert.strictEqual(await put("/mutation/book-room", book(1)), 201)
        const { errors, page } = await open(`/live?view=Booking`)
        await showsState(page, "live")
        assert.include(await rowText(page, `1.${day()}`), "booked")
        assert.strictEqual(await page.locator("tr.changed").count(), 0)
        await page.evaluate("window.isSame = true")
        assert.strictEqual(await put("/mutation/book-room", book(2)), 201)
        await page.locator(`tr.changed[data-key="2.${day()}"]`).waitFor()
        assert.strictEqual(await page.locator("tr.changed").count(), 1)
        await page.locator("tr.changed").waitFor({ state: "detached" })
        assert.strictEqual(await page.evaluate("window.isSame"), true)
        assert.deepStrictEqual(errors, [])
      })
    )

    it.effect("shows the keys of its address only, and another view in the form", () =>
      visit(async ({ open, put }) => {
        const { page } = await open(`/live?view=Booking&keys=*.${day(3)}`)
        await showsState(page, "live")
        assert.strictEqual(await page.locator("tbody tr").count(), 0)
        await put("/mutation/book-room", book(3))
        await put("/mutation/book-room", book(4, day(3)))
        await waitForRow(page, `4.${day(3)}`)
        assert.strictEqual(await page.locator("tbody tr").count(), 1)
        await page.getByLabel("View").selectOption("CleanupSchedule")
        await page.getByLabel("Keys").fill(">")
        await page.getByRole("button", { name: "Show" }).click()
        await waitForRow(page, day(3))
      })
    )

    it.effect("shows what the server denies, and stays live", () =>
      visit(async ({ open, put }) => {
        const { page } = await open("/live?view=Booking")
        await showsState(page, "live")
        await page.getByRole("button", { name: "Try something that is not allowed" }).click()
        for (const subject of [">", "$KV.parked.>", "$KV.booking-v1.forged"]) {
          await page.getByText(`"${subject}"`).waitFor()
        }
        assert.match((await page.locator(".denials li").first().textContent())!, /^Denied: Permissions Violation/u)
        await put("/mutation/book-room", book(5))
        await waitForRow(page, `5.${day()}`)
      })
    )

    for (const colorScheme of ["light", "dark"] as const) {
      it.effect(`is accessible and fits a phone, ${colorScheme}`, () =>
        visit(async ({ open, put }) => {
          const { errors, page } = await open("/live?view=Booking", {
            colorScheme,
            viewport: { width: 360, height: 740 }
          })
          await showsState(page, "live")
          await put("/mutation/book-room", book(colorScheme === "light" ? 6 : 7))
          await page.locator("tr.changed").waitFor()
          await page.getByRole("button", { name: "Try something that is not allowed" }).click()
          await page.locator(".denials li").first().waitFor()
          assert.deepStrictEqual(await violations(page, ".screen"), [])
          assert.isFalse(await page.evaluate("document.documentElement.scrollWidth > innerWidth"))
          assert.deepStrictEqual(errors, [])
        })
      )
    }

    it.effect("is the only page that may connect to NATS", () =>
      visit(async ({ app }) => {
        const policy = async (path: string) =>
          (await fetch(`${app.url}${path}`)).headers.get("content-security-policy")!
        assert.include(await policy("/live"), `connect-src 'self' ws://127.0.0.1:${ports[1]}`)
        for (const path of ["/", "/guest", "/manager"]) assert.notInclude(await policy(path), "connect-src")
      })
    )
  })
})

describe.skipIf(chromium === undefined)("The connection of the page of live rows", () => {
  const fixture = (more: Readonly<Record<string, string>>) =>
    Effect.gen(function* () {
      const [port, webSocketPort] = yield* Effect.promise(() => Promise.all([freePort(), freePort()]))
      const settings = {
        LIVE: "true",
        PORT: String(port),
        NATS_WEBSOCKET_PORT: String(webSocketPort),
        DATA_DIR: yield* temporaryFolder,
        ...more
      }
      const put = async (data: object) => {
        const headers = { "content-type": "application/json" }
        const body = JSON.stringify({ data })
        const { status } = await fetch(`http://127.0.0.1:${port}/mutation/book-room`, { method: "PUT", headers, body })
        assert.strictEqual(status, 201)
      }
      const app = yield* startApp(settings)
      return { app, settings, put, open: pageOpener(yield* browser, app.url) }
    })

  it.live(
    "renews its token without losing a change or being anything but live",
    () =>
      Effect.gen(function* () {
        const { open, put } = yield* fixture({ LIVE_TOKEN_SECONDS: "8" })
        yield* Effect.promise(async () => {
          const { page } = await open("/live?view=Booking")
          await showsState(page, "live")
          const sockets: Array<string> = []
          page.on("websocket", (socket) => void sockets.push(socket.url()))
          const states = await recordStates(page)
          for (let room = 1; sockets.length < 2; room++) {
            await put(book(room))
            await waitForRow(page, `${room}.${day()}`)
            await page.waitForTimeout(700)
          }
          assert.deepStrictEqual(await states(), [])
        })
      }).pipe(Effect.scoped),
    60_000
  )

  it.live(
    "says that its token has expired when it cannot renew it, and is live again when it can",
    () =>
      Effect.gen(function* () {
        const { open, put } = yield* fixture({ LIVE_TOKEN_SECONDS: "5" })
        yield* Effect.promise(async () => {
          const { page } = await open("/live?view=Booking")
          await showsState(page, "live")
          const states = await recordStates(page)
          await page.route("**/live/session", (route) => route.abort())
          await showsState(page, "expired")
          await put(book(1))
          await page.unroute("**/live/session")
          await showsState(page, "live")
          assert.include(await rowText(page, `1.${day()}`), "booked")
          assert.deepStrictEqual(await states(), ["expired", "live"])
        })
      }).pipe(Effect.scoped),
    60_000
  )

  it.live(
    "continues when the app and its server are killed and started again, and shows what happened meanwhile",
    () =>
      Effect.gen(function* () {
        const { app, open, put, settings } = yield* fixture({})
        const page = yield* Effect.promise(async () => {
          const { page } = await open("/live?view=Booking")
          await showsState(page, "live")
          return page
        })
        yield* app.end("SIGKILL")
        yield* Effect.promise(() => showsState(page, "reconnecting"))
        yield* startApp(settings)
        yield* Effect.promise(async () => {
          await put(book(1))
          await showsState(page, "live")
          await waitForRow(page, `1.${day()}`)
          await put(book(2))
          await waitForRow(page, `2.${day()}`)
        })
      }).pipe(Effect.scoped),
    60_000
  )

  it.live(
    "is denied when there are as many connections as there may be",
    () =>
      Effect.gen(function* () {
        const { open } = yield* fixture({ LIVE_CONNECTIONS: "1" })
        yield* Effect.promise(async () => {
          const { page } = await open("/live?view=Rooms")
          await showsState(page, "live")
          const { page: second } = await open("/live?view=Rooms")
          await showsState(second, "denied")
          await second.getByText("maximum account active connections exceeded").waitFor()
        })
      }).pipe(Effect.scoped),
    60_000
  )
})
