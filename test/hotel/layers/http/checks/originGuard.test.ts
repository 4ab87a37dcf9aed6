import { request } from "node:http"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { allowedHostOf, isExposed } from "#layers/http/checks/hosts.ts"
import { start } from "#layers/http/server/httpServer.ts"
import { Served } from "#test/hotel/support/servedHttp.ts"
import { servedHotel } from "#test/hotel/support/servedHttp.ts"
import { memoryBackend, runningBoard } from "#test/support/backends.ts"
import { openRawConnection } from "#test/support/rawConnection.ts"

interface Answer {
  readonly status: number
  readonly body: any
}

type Sent = Readonly<Record<string, string | ReadonlyArray<string>>>

/** Unlike `fetch`, with any Host and Origin. Of an event stream it reads only the head. */
const ask = (url: string, method: string, path: string, headers: Sent, body = "") =>
  Effect.callback<Answer>((resume) => {
    const { hostname, port } = new URL(url)
    const outgoing = request({ hostname, port, method, path, headers: headers as never }, (response) => {
      const status = response.statusCode!
      if (response.headers["content-type"] === "text/event-stream") {
        outgoing.destroy()
        return resume(Effect.succeed({ status, body: null }))
      }
      let text = ""
      response.on("data", (chunk) => (text += chunk))
      response.on("end", () => {
        const isJson = /json/u.test(response.headers["content-type"] ?? "")
        resume(Effect.succeed({ status, body: isJson && text ? JSON.parse(text) : text }))
      })
    })
    outgoing.on("error", () => {})
    outgoing.end(body)
    return Effect.sync(() => outgoing.destroy())
  })

const hotel = runningBoard(hotelBooking, memoryBackend)

/** Every operation of the API, with filled paths, and routes outside of it. */
const routesOf = (openapi: Record<string, any>) => [
  ...Object.entries<Record<string, any>>(openapi["paths"]).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({
      method: method.toUpperCase(),
      path: path.replaceAll(/\{date\}/gu, "2022-12-12").replaceAll(/\{[^}]+\}/gu, "1")
    }))
  ),
  { method: "GET", path: "/openapi.json" },
  { method: "GET", path: "/no-such-path" },
  { method: "OPTIONS", path: "/rooms" }
]

const pages = ["/docs", "/", "/guest", "/manager", "/assets/index.js"]
const page = { folder: "none", paths: ["/", "/guest", "/manager"] } as const

const badHosts = ["evil.example", "evil.example:3000", "127.0.0.1.evil.example", "0.0.0.0:3000", "10.0.0.1", "[::2]"]

const foreign = (host: string): ReadonlyArray<Record<string, string>> => [
  { origin: "http://evil.example" },
  { origin: "null" },
  { origin: `https://${host}` },
  { origin: "http://127.0.0.1:1" },
  { "sec-fetch-site": "cross-site" },
  { "sec-fetch-site": "same-site" },
  { "sec-fetch-site": "cross-site", origin: `http://${host}` }
]

describe("requests that a browser may send", () => {
  it.live("for another host are rejected on every route, whatever the headers of a proxy contain", () =>
    Effect.gen(function* () {
      const { openapi, url } = yield* Served
      const own = new URL(url).host
      for (const { method, path } of [...routesOf(openapi), ...pages.map((path) => ({ method: "GET", path }))]) {
        for (const host of badHosts) {
          const sent = { host, "x-forwarded-host": own, forwarded: `host=${own}` }
          const { body, status } = yield* ask(url, method, path, sent)
          assert.deepStrictEqual([status, body.code, body.host], [421, "HostNotAllowed", host], `${method} ${path}`)
        }
      }
    }).pipe(Effect.provide(servedHotel(memoryBackend)))
  )

  it.live("of another site's pages are rejected on every route except pages and their files", () =>
    Effect.gen(function* () {
      const { openapi, url } = yield* Served
      const served = yield* start(hotelBooking, { host: "127.0.0.1", port: 0, page })
      const { host } = new URL(served.url)
      for (const { method, path } of routesOf(openapi)) {
        for (const headers of foreign(host)) {
          const { body, status } = yield* ask(served.url, method, path, { host, ...headers })
          assert.deepStrictEqual(
            [status, body.code],
            [403, "CrossSiteRequest"],
            JSON.stringify([method, path, headers])
          )
        }
      }
      for (const path of pages) {
        for (const headers of foreign(host)) {
          const { status } = yield* ask(served.url, "GET", path, { host, ...headers })
          assert.notStrictEqual(status, 403, `${path} ${JSON.stringify(headers)}`)
        }
        const posted = yield* ask(served.url, "POST", path, { host, origin: "http://evil.example" })
        assert.strictEqual(posted.status, 403, path)
      }
      assert.isString(url)
    }).pipe(Effect.scoped, Effect.provide(servedHotel(memoryBackend)))
  )

  it.live("of own pages, of programs and to other spellings of loopback are served", () =>
    Effect.gen(function* () {
      const { url } = yield* Served
      const { host, port } = new URL(url)
      const allowed: ReadonlyArray<Record<string, string>> = [
        { host },
        { host: `localhost:${port}` },
        { host: "LOCALHOST" },
        { host: `hotel.localhost:${port}`, origin: `http://hotel.localhost:${port}` },
        { host: "127.1.2.3" },
        { host: "[::1]:80", origin: "http://[::1]" },
        { host: "[::ffff:127.0.0.1]:3000" },
        { host: "localhost.:1" },
        { host, origin: `http://${host}`, "sec-fetch-site": "same-origin" },
        { host, "sec-fetch-site": "none" }
      ]
      for (const headers of allowed) {
        assert.strictEqual((yield* ask(url, "GET", "/rooms", headers)).status, 200, JSON.stringify(headers))
        assert.strictEqual((yield* ask(url, "GET", "/health/ready", headers)).status, 200, JSON.stringify(headers))
      }
    }).pipe(Effect.provide(servedHotel(memoryBackend)))
  )

  it.live("with a missing, repeated or invalid host are 400; an absolute target counts too", () =>
    Effect.gen(function* () {
      const { url } = yield* start(hotelBooking, { host: "127.0.0.1", port: 0 })
      const rest = "Connection: close\r\n\r\n"
      const cases: ReadonlyArray<readonly [string, number]> = [
        [`GET /rooms HTTP/1.1\r\n${rest}`, 400],
        [`GET /rooms HTTP/1.0\r\n${rest}`, 400],
        [`GET /rooms HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n${rest}`, 400],
        [`GET /rooms HTTP/1.1\r\nHost: localhost\r\nhOST: evil.example\r\n${rest}`, 400],
        [`GET /rooms HTTP/1.1\r\nHost:\r\n${rest}`, 400],
        [`GET /rooms HTTP/1.1\r\nHost: a b\r\n${rest}`, 400],
        [`GET /rooms HTTP/1.1\r\nHost: user@localhost\r\n${rest}`, 400],
        [`GET /rooms HTTP/1.1\r\nHost: localhost:99999\r\n${rest}`, 400],
        [`GET http://evil.example/rooms HTTP/1.1\r\nHost: localhost\r\n${rest}`, 421],
        [`GET http://localhost/rooms HTTP/1.1\r\nHost: evil.example\r\n${rest}`, 421],
        [`GET http://localhost/rooms HTTP/1.1\r\nHost: localhost\r\n${rest}`, 200]
      ]
      for (const [text, status] of cases) {
        const { closed, send } = yield* openRawConnection(url)
        send(text)
        const received = yield* Effect.promise(() => closed)
        assert.match(received, new RegExp(`^HTTP/1\\.1 ${status} `, "u"), text)
        if (status !== 200) assert.include(received, "application/problem+json", text)
      }
    }).pipe(Effect.scoped, Effect.provide(hotel))
  )

  it.live("for hosts in ALLOWED_HOSTS are served, for one behind TLS with its own origin", () =>
    Effect.gen(function* () {
      const texts = ["hotel.example", "https://secure.example", "*.branch.example:8080", "app-1"]
      const allowedHosts = texts.map((text) => allowedHostOf(text)!)
      const { url } = yield* start(hotelBooking, { host: "127.0.0.1", port: 0, allowedHosts })
      const status = (host: string, origin?: string) =>
        Effect.map(ask(url, "GET", "/rooms", { host, ...(origin && { origin }) }), ({ status }) => status)
      assert.strictEqual(yield* status("hotel.example"), 200)
      assert.strictEqual(yield* status("Hotel.Example:81", "http://hotel.example:81"), 200)
      assert.strictEqual(yield* status("hotel.example", "https://hotel.example"), 403)
      assert.strictEqual(yield* status("secure.example", "https://secure.example"), 200)
      assert.strictEqual(yield* status("secure.example", "https://hotel.example"), 403)
      assert.strictEqual(yield* status("north.branch.example:8080"), 200)
      assert.strictEqual(yield* status("north.branch.example"), 421)
      assert.strictEqual(yield* status("branch.example:8080"), 421)
      assert.strictEqual(yield* status("app-1:3000"), 200)
      assert.strictEqual(yield* status("app-2:3000"), 421)
    }).pipe(Effect.scoped, Effect.provide(hotel))
  )

  it.live("without a JSON content type retry no dead letter", () =>
    Effect.gen(function* () {
      const { url } = yield* Served
      const { host } = new URL(url)
      const path = "/operations/parked/x/retry"
      const types = [
        {},
        ...["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"].map((type) => ({
          "content-type": type
        }))
      ]
      for (const type of types) {
        assert.strictEqual((yield* ask(url, "POST", path, { host, ...type })).status, 415, JSON.stringify(type))
      }
      const json = { host, "content-type": "application/json" }
      assert.strictEqual((yield* ask(url, "POST", path, json)).body.code, "NotParked")
    }).pipe(Effect.provide(servedHotel(memoryBackend)))
  )

  it("an address is exposed unless it is loopback", () => {
    for (const host of ["127.0.0.1", "localhost", "::1", "127.9.9.9"]) assert.isFalse(isExposed(host), host)
    for (const host of ["0.0.0.0", "::", "192.168.1.5", "hotel.example", "fe80::1"])
      assert.isTrue(isExposed(host), host)
    for (const text of ["", "a b", "http://", "x/y", "*", "ftp://x", "a@b"])
      assert.isUndefined(allowedHostOf(text), text)
  })
})
