import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Layer, Logger, Queue, Scope } from "effect"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { Commands } from "#layers/commands/Commands.ts"
import { start } from "#layers/http/server/httpServer.ts"
import { memoryBackend, runningBoard } from "#test/support/backends.ts"
import { openRawConnection } from "#test/support/rawConnection.ts"
import { temporaryFolder } from "#test/support/testServer.ts"

const host = "127.0.0.1"
const hotel = runningBoard(hotelBooking, memoryBackend)

const body = JSON.stringify({ data: { room: { id: 1 }, client: { id: 1 }, date: "2022-12-12" } })

/** A booking of a room that there is not, 409, over a bare connection. */
const book = (headers: string, sent = body) =>
  `PUT /mutation/book-room HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n` +
  `Content-Length: ${body.length}\r\n${headers}\r\n${sent}`

const look = (headers = "") => `GET /health/live HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`

/** What `curl --http2` and Java's client send; other protocols; none at all. */
const upgrades = [
  "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n",
  "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
  "Connection: Upgrade\r\nUpgrade: foo/2, TLS/1.0\r\n",
  "Upgrade: h2c\r\n"
]

/** Commands that wait until the test lets them, and how many do. */
const slowly = Effect.gen(function* () {
  const asked = yield* Queue.unbounded<void>()
  const go = yield* Deferred.make<void>()
  const layer = Layer.effect(
    Commands,
    Effect.map(Commands, ({ execute, ...others }) => ({
      ...others,
      execute: ((...all) =>
        Queue.offer(asked, undefined).pipe(
          Effect.andThen(Deferred.await(go)),
          Effect.andThen(execute(...all))
        )) as typeof execute
    }))
  )
  return { asked, go, layer }
})

describe("a request that would like another protocol", () => {
  it.live.each(upgrades)("is a request like any other, and so is what comes behind it: %j", (upgrade) =>
    Effect.gen(function* () {
      const { url } = yield* start(hotelBooking, { host, port: 0 })
      const { answers, received, send } = yield* openRawConnection(url)
      send(look(upgrade) + book(upgrade) + look() + book("") + look("Connection: close\r\n"))
      assert.deepStrictEqual(yield* Effect.promise(() => answers(5)), [200, 409, 200, 409, 200])
      assert.notMatch(received(), /^upgrade:/imu)
    }).pipe(Effect.scoped, Effect.provide(hotel))
  )

  it.live("waits for what came before it", () =>
    Effect.gen(function* () {
      const { asked, go, layer } = yield* slowly
      const { url } = yield* start(hotelBooking, { host, port: 0 }).pipe(Effect.provide(layer))
      const { answers, send } = yield* openRawConnection(url)
      send(book("") + look(upgrades[0]) + look("Connection: close\r\n"))
      yield* Queue.take(asked)
      yield* Deferred.succeed(go, undefined)
      assert.deepStrictEqual(yield* Effect.promise(() => answers(3)), [409, 200, 200])
    }).pipe(Effect.scoped, Effect.provide(hotel))
  )

  it.live("has to arrive in time", () =>
    Effect.gen(function* () {
      const { url } = yield* start(hotelBooking, { host, port: 0, requestTimeoutMillis: 500 })
      const all = yield* Effect.forEach(upgrades, (upgrade) =>
        openRawConnection(url).pipe(
          Effect.tap(({ send }) => {
            send(book(upgrade, "{"))
            return Effect.void
          })
        )
      )
      for (const { closed } of all) assert.match(yield* Effect.promise(() => closed), /^HTTP\/1\.1 408 /u)
    }).pipe(Effect.scoped, Effect.provide(hotel))
  )

  it.live("is answered before the server ends, with what was sent behind it", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { asked, go, layer } = yield* slowly
      const { url } = yield* start(hotelBooking, { host, port: 0 }).pipe(Effect.provide(layer), Scope.provide(scope))
      const all = yield* Effect.forEach(upgrades, () => openRawConnection(url))
      for (const [n, { send }] of all.entries())
        send(look(upgrades[n]) + book(upgrades[n]!) + book("Expect: 100-continue\r\n") + book(""))
      yield* Queue.takeN(asked, 3 * upgrades.length)
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      // Longer than what has not arrived whole is waited for.
      yield* Effect.sleep("1500 millis")
      yield* Deferred.succeed(go, undefined)
      for (const { closed } of all) {
        const statuses = [...(yield* Effect.promise(() => closed)).matchAll(/HTTP\/1\.1 ([2-5]\d\d) /gu)]
        assert.deepStrictEqual(
          statuses.map(([, status]) => status),
          ["200", "409", "409", "409"]
        )
      }
      yield* Fiber.join(closing)
    }).pipe(Effect.scoped, Effect.provide(hotel))
  )

  it.live("a tunnel, or an expectation that nobody knows, is refused", () =>
    Effect.gen(function* () {
      const { url } = yield* start(hotelBooking, { host, port: 0 })
      const tunnel = yield* openRawConnection(url)
      tunnel.send("CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n")
      assert.match(yield* Effect.promise(() => tunnel.closed), /^HTTP\/1\.1 405 /u)
      const expecting = yield* openRawConnection(url)
      expecting.send(look("Expect: a-miracle\r\n") + look())
      assert.deepStrictEqual(yield* Effect.promise(() => expecting.answers(2)), [417, 200])
    }).pipe(Effect.scoped, Effect.provide(hotel))
  )
})

describe("what clients can keep of a server by doing nothing", () => {
  it.live("more connections than there may be are not accepted, which is said once, until some are free again", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const layer = Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))])
      yield* Effect.gen(function* () {
        const { url } = yield* start(hotelBooking, { host, port: 0, maxConnections: 3 })
        const all = yield* Effect.forEach([1, 2, 3], () => openRawConnection(url))
        for (const each of all) {
          each.send(look())
          assert.deepStrictEqual(yield* Effect.promise(() => each.answers(1)), [200])
        }
        for (const _ of [1, 2, 3])
          assert.strictEqual(
            yield* Effect.flatMap(openRawConnection(url), ({ closed }) => Effect.promise(() => closed)),
            ""
          )
        const warnings = lines.filter((line) => line.includes("MAX_CONNECTIONS"))
        assert.lengthOf(warnings, 1)
        all[0]!.socket.destroy()
        yield* Effect.promise(async () => {
          for (;;)
            if (
              await fetch(`${url}/health/live`).then(
                ({ ok }) => ok,
                () => false
              )
            )
              return
        })
      }).pipe(Effect.scoped, Effect.provide(layer))
    }).pipe(Effect.provide(hotel))
  )

  it.live("a connection has so many requests, and then another is opened", () =>
    Effect.gen(function* () {
      const { url } = yield* start(hotelBooking, { host, port: 0, maxRequests: 2 })
      const { closed, send } = yield* openRawConnection(url)
      send(look() + look() + look())
      const heard = yield* Effect.promise(() => closed)
      assert.deepStrictEqual(
        [...heard.matchAll(/HTTP\/1\.1 (\d+)/gu)].map(([, status]) => status),
        ["200", "200", "503"]
      )
    }).pipe(Effect.scoped, Effect.provide(hotel))
  )

  it.live("an answer of which nothing is taken is cut off, and one that is long in the making is not", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      mkdirSync(join(folder, "assets"))
      // More than the system's buffers on both sides hold.
      writeFileSync(join(folder, "assets/large.js"), Buffer.alloc(32 * 1024 * 1024, "x"))
      const { asked, go, layer } = yield* slowly
      const page = { folder, paths: ["/"] } as const
      const { url } = yield* start(hotelBooking, { host, port: 0, page, writeTimeoutSeconds: 1 }).pipe(
        Effect.provide(layer)
      )
      const slow = yield* openRawConnection(url)
      slow.send(book(""))
      yield* Queue.take(asked)
      const deaf = yield* openRawConnection(url)
      deaf.socket.pause()
      deaf.send("GET /assets/large.js HTTP/1.1\r\nHost: localhost\r\n\r\n")
      const cut = new Promise<void>((resolve) => deaf.socket.once("close", () => resolve()))
      // The end shows only to who reads; by then it is an end before the length that was announced.
      yield* Effect.sleep("3 seconds")
      deaf.socket.resume()
      yield* Effect.promise(() => cut)
      assert.isBelow(deaf.received().length, 32 * 1024 * 1024)
      yield* Deferred.succeed(go, undefined)
      assert.deepStrictEqual(yield* Effect.promise(() => slow.answers(1)), [409])
    }).pipe(Effect.scoped, Effect.provide(hotel))
  )
})
