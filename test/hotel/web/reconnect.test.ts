import { createServer } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { startApp } from "#test/support/startApp.ts"
import { testServer } from "#test/support/testServer.ts"
import { chromium } from "#test/web/support/chromium.ts"
import { browser, waitForCount, day, pageOpener } from "./support/web.ts"

const freePort = Effect.promise(
  () =>
    new Promise<number>((resolve) => {
      const server = createServer().listen(0, "127.0.0.1", () => {
        const { port } = server.address() as { readonly port: number }
        server.close(() => resolve(port))
      })
    })
)

const put = (url: string, path: string, data: unknown) =>
  Effect.promise(async () => {
    const headers = { "content-type": "application/json" }
    const { status } = await fetch(`${url}${path}`, { method: "PUT", headers, body: JSON.stringify({ data }) })
    assert.strictEqual(status, 201)
  })

const book = (url: string, id: number) =>
  put(url, "/mutation/book-room", { room: { id }, client: { id: 1 }, date: day() })

describe.skipIf(chromium === undefined)("When the server is killed and comes back", () => {
  it.live("the wall shows it, and misses no event", () =>
    Effect.gen(function* () {
      const nats = yield* testServer()
      const settings = { NATS_URL: nats.url, PORT: String(yield* freePort) }
      const app = yield* startApp(settings)
      for (const id of [1, 2, 3]) yield* put(app.url, "/mutation/add-room", { room: { id } })
      const open = pageOpener(yield* browser, app.url)
      const { page, errors } = yield* Effect.promise(() => open("/"))
      const shows = (many: string) => Effect.promise(() => waitForCount(page, "event/RoomBooked/2", many))
      yield* Effect.promise(() => page.waitForSelector(".connection.live"))
      yield* book(app.url, 1)
      yield* shows("1")

      yield* app.end("SIGKILL")
      yield* Effect.promise(() => page.getByText("connection lost, trying again…").waitFor())

      const again = yield* startApp(settings)
      // Whether before or after the browser reconnects: the event is counted once.
      yield* book(again.url, 2)
      yield* Effect.promise(() => page.getByText("back, nothing was missed").waitFor())
      yield* shows("2")
      yield* book(again.url, 3)
      yield* shows("3")
      const unexpected = errors.filter((wrong) => !/ERR_(?:CONNECTION|INCOMPLETE|EMPTY|NETWORK)/u.test(wrong))
      assert.deepStrictEqual(unexpected, [])
    }).pipe(Effect.scoped)
  )

  it.live(
    "the pages are loaded again if it comes back with another log",
    () =>
      Effect.gen(function* () {
        const settings = { EVENT_LOG: "memory", ROOMS: "1-3", PORT: String(yield* freePort) }
        const app = yield* startApp(settings)
        const open = pageOpener(yield* browser, app.url)
        yield* book(app.url, 1)
        const pages = yield* Effect.promise(() => Promise.all(["/", "/guest"].map((path) => open(path))))
        for (const { page } of pages) {
          yield* Effect.promise(() => page.waitForSelector(".connection.live"))
          yield* Effect.promise(() => page.evaluate("window.isOld = true"))
        }
        yield* app.end("SIGKILL")
        const again = yield* startApp(settings)
        yield* book(again.url, 2)
        for (const { page } of pages) yield* Effect.promise(() => page.waitForFunction(() => !("isOld" in window)))
        const [wall] = pages
        yield* Effect.promise(() => waitForCount(wall!.page, "event/RoomBooked/2", "1"))
      }).pipe(Effect.scoped),
    90_000
  )
})
