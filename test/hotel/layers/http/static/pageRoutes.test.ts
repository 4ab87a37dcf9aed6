import { mkdirSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Duration, Effect, Exit, Queue, Scope } from "effect"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { start } from "#layers/http/server/httpServer.ts"
import { memoryBackend, runningBoard } from "#test/support/backends.ts"
import { listen } from "#test/support/serverSentEvents.ts"
import { temporaryFolder } from "#test/support/testServer.ts"

const host = "127.0.0.1"
const hotel = runningBoard(hotelBooking, memoryBackend)

const get = (url: string, headers: Readonly<Record<string, string>> = {}, method = "GET") =>
  Effect.promise(async () => {
    const answer = await fetch(url, { headers, method })
    return { status: answer.status, headers: answer.headers, text: await answer.text() }
  })

/** A folder as Vite leaves it, served at `/` and `/guest`. */
const served = Effect.gen(function* () {
  const folder = yield* temporaryFolder
  const write = (name: string, text: string) => {
    mkdirSync(join(folder, "assets"), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  const { url } = yield* start(hotelBooking, { host, port: 0, page: { folder, paths: ["/", "/guest", "/manager"] } })
  return { url, folder, write }
})

it.live("a page is served with its security and cache headers", () =>
  Effect.gen(function* () {
    const { url, write } = yield* served
    write("index.html", "<p>wall</p>")
    write("guest.html", "<p>guest</p>")
    write("assets/index-Ab3_dE-9.js", `"${"x".repeat(5_000)}"`)
    write("assets/plain.css", "p {}")
    const wall = yield* get(`${url}/`)
    assert.deepStrictEqual([wall.status, wall.text], [200, "<p>wall</p>"])
    assert.strictEqual(wall.headers.get("content-type"), "text/html; charset=utf-8")
    assert.strictEqual(wall.headers.get("cache-control"), "no-cache")
    assert.strictEqual(wall.headers.get("x-content-type-options"), "nosniff")
    assert.match(wall.headers.get("content-security-policy")!, /^default-src 'self';/u)
    assert.strictEqual((yield* get(`${url}/guest`)).text, "<p>guest</p>")
    assert.strictEqual((yield* get(`${url}/manager`)).text, "<p>wall</p>")

    const etag = wall.headers.get("etag")!
    const same = yield* get(`${url}/`, { "if-none-match": etag })
    assert.deepStrictEqual([same.status, same.text], [304, ""])
    const head = yield* get(`${url}/`, {}, "HEAD")
    assert.deepStrictEqual([head.status, head.text, head.headers.get("etag")], [200, "", etag])
    assert.strictEqual((yield* get(`${url}/`, {}, "PUT")).status, 405)

    const script = yield* get(`${url}/assets/index-Ab3_dE-9.js`, { "accept-encoding": "gzip" })
    assert.strictEqual(script.headers.get("content-type"), "text/javascript; charset=utf-8")
    assert.strictEqual(script.headers.get("cache-control"), "public, max-age=31536000, immutable")
    assert.strictEqual(script.headers.get("content-encoding"), "gzip")
    assert.strictEqual((yield* get(`${url}/assets/plain.css`)).headers.get("cache-control"), "no-cache")
  }).pipe(Effect.scoped, Effect.provide(hotel))
)

it.live("a rebuilt page has a new ETag", () =>
  Effect.gen(function* () {
    const { folder, url, write } = yield* served
    write("index.html", "<p>one</p>")
    const one = yield* get(`${url}/`)
    write("index.html", "<p>two</p>")
    utimesSync(join(folder, "index.html"), 1, 1)
    const two = yield* get(`${url}/`, { "if-none-match": one.headers.get("etag")! })
    assert.deepStrictEqual([two.status, two.text], [200, "<p>two</p>"])
  }).pipe(Effect.scoped, Effect.provide(hotel))
)

it.live("only the page's files are served", () =>
  Effect.gen(function* () {
    const { folder, url, write } = yield* served
    write("index.html", "x")
    write("assets/secret.ts", "x")
    write("assets/.sources", "x")
    writeFileSync(join(folder, "..", "outside-00000000.js"), "x")
    for (const name of [
      "none.js",
      "secret.ts",
      ".sources",
      "..%2findex.html",
      "..%2f..%2foutside-00000000.js",
      "%00.js"
    ]) {
      const { headers, status } = yield* get(`${url}/assets/${name}`)
      assert.deepStrictEqual([status, headers.get("content-type")], [404, "application/problem+json"], name)
    }
  }).pipe(Effect.scoped, Effect.provide(hotel))
)

it.live("a page that is not built is 503 with instructions", () =>
  Effect.gen(function* () {
    const { url } = yield* served
    for (const path of ["/", "/guest"]) {
      const { headers, status, text } = yield* get(`${url}${path}`)
      assert.deepStrictEqual([status, headers.get("content-type")], [503, "text/html; charset=utf-8"])
      assert.include(text, "npm start")
      assert.strictEqual(headers.get("cache-control"), "no-store")
    }
    assert.strictEqual((yield* get(`${url}/health/live`)).status, 200)
  }).pipe(Effect.scoped, Effect.provide(hotel))
)

it.live("listeners are disconnected at once when the server shuts down", () =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const { url } = yield* start(hotelBooking, { host, port: 0 }).pipe(Scope.provide(scope))
    const listeners = yield* Effect.forEach([1, 2, 3], () => listen(`${url}/events`))
    const [elapsed] = yield* Effect.timed(
      Effect.andThen(
        Scope.close(scope, Exit.void),
        Effect.forEach(listeners, ({ events }) => Effect.flip(Queue.take(events)))
      )
    )
    assert.isBelow(Duration.toMillis(elapsed), 500)
  }).pipe(Effect.scoped, Effect.provide(hotel))
)

it.live("a page links only to screens that the board has", () =>
  Effect.gen(function* () {
    const { url, write } = yield* served
    const links = `<nav>\n<a data-screen href="/guest">Guest</a>\n<a data-screen href="/desk">Desk</a>\n<a href="/docs">API</a></nav>`
    write("index.html", links)
    const { text } = yield* get(`${url}/`)
    assert.strictEqual(text, `<nav>\n<a data-screen href="/guest">Guest</a>\n<a href="/docs">API</a></nav>`)
  }).pipe(Effect.scoped, Effect.provide(hotel))
)
