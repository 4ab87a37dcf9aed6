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

/** A booking of an unknown room (409), as raw text. */
const book = (headers: string, sent = body) =>
  `PUT /mutation/book-room HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n` +
  `Content-Length: ${body.length}\r\n${headers}\r\n${sent}`

const readHealth = (headers = "") => `GET /health/live HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`

/** The headers of `curl --http2` and Java's client, of other protocols, and an Upgrade without Connection. */
const upgrades = [
  "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n",
  "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
  "Connection: Upgrade\r\nUpgrade: foo/2, TLS/1.0\r\n",
  "Upgrade: h2c\r\n"
]

/** Commands that wait until the test releases them, and a queue with an item for each. */
const blockedCommands = Effect.gen(function* () {
  const started = yield* Queue.unbounded<void>()
  const release = yield* Deferred.make<void>()
  const layer = Layer.effect(
    Commands,
    Effect.map(Commands, ({ execute, ...others }) => ({
      ...others,
      execute: ((...all) =>
        Queue.offer(started, undefined).pipe(
          Effect.andThen(Deferred.await(release)),
          Effect.andThen(execute(...all))
        )) as typeof execute
    }))
  )
  return { started, release, layer }
})

describe("a request that asks for an upgrade", () => {
  it.live.each(upgrades)("is served like any other, and so are the requests after it: %j", (upgrade) =>
    Effect.gen(function* () {
      const { url } = yield* start(hotelBooking, { host, port: 0 })
      const { answers, received, send } = yield* openRawConnection(url)
      send(readHealth(upgrade) + book(upgrade) + readHealth() + book("") + readHealth("Connection: close\r\n"))
      assert.deepStrictEqual(yield* Effect.promise(() => answers(5)), [200, 409, 200, 409, 200])
      assert.notMatch(received(), /^upgrade:/imu)
    }).pipe(Effect.scoped, Effect.provide(hotel))
  )

  it.live("waits for the requests before it", () =>
    Effect.gen(function* () {
      const { started, release, layer } = yield* blockedCommands
      const { url } = yield* start(hotelBooking, { host, port: 0 }).pipe(Effect.provide(layer))
      const { answers, send } = yield* openRawConnection(url)
      send(book("") + readHealth(upgrades[0]) + readHealth("Connection: close\r\n"))
      yield* Queue.take(started)
      yield* Deferred.succeed(release, undefined)
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

  it.live("is answered before the server shuts down, and so are the requests after it", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { started, release, layer } = yield* blockedCommands
      const { url } = yield* start(hotelBooking, { host, port: 0 }).pipe(Effect.provide(layer), Scope.provide(scope))
      const all = yield* Effect.forEach(upgrades, () => openRawConnection(url))
      for (const [n, { send }] of all.entries())
        send(readHealth(upgrades[n]) + book(upgrades[n]!) + book("Expect: 100-continue\r\n") + book(""))
      yield* Queue.takeN(started, 3 * upgrades.length)
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      // Longer than the server waits for incomplete requests.
      yield* Effect.sleep("1500 millis")
      yield* Deferred.succeed(release, undefined)
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

  it.live("CONNECT and an unknown expectation are rejected", () =>
    Effect.gen(function* () {
      const { url } = yield* start(hotelBooking, { host, port: 0 })
      const tunnel = yield* openRawConnection(url)
      tunnel.send("CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n")
      assert.match(yield* Effect.promise(() => tunnel.closed), /^HTTP\/1\.1 405 /u)
      const expecting = yield* openRawConnection(url)
      expecting.send(readHealth("Expect: a-miracle\r\n") + readHealth())
      assert.deepStrictEqual(yield* Effect.promise(() => expecting.answers(2)), [417, 200])
    }).pipe(Effect.scoped, Effect.provide(hotel))
  )
})

describe("limits on idle clients", () => {
  it.live("connections over the limit are closed, with one warning, until some are free again", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const layer = Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))])
      yield* Effect.gen(function* () {
        const { url } = yield* start(hotelBooking, { host, port: 0, maxConnections: 3 })
        const all = yield* Effect.forEach([1, 2, 3], () => openRawConnection(url))
        for (const each of all) {
          each.send(readHealth())
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

  it.live("a connection gets 503 after its last allowed request", () =>
    Effect.gen(function* () {
      const { url } = yield* start(hotelBooking, { host, port: 0, maxRequests: 2 })
      const { closed, send } = yield* openRawConnection(url)
      send(readHealth() + readHealth() + readHealth())
      const received = yield* Effect.promise(() => closed)
      assert.deepStrictEqual(
        [...received.matchAll(/HTTP\/1\.1 (\d+)/gu)].map(([, status]) => status),
        ["200", "200", "503"]
      )
    }).pipe(Effect.scoped, Effect.provide(hotel))
  )

  it.live("a response that the client does not read is cut off, and a slow response is not", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      mkdirSync(join(folder, "assets"))
      // More than the system's buffers on both sides hold.
      writeFileSync(join(folder, "assets/large.js"), Buffer.alloc(32 * 1024 * 1024, "x"))
      const { started, release, layer } = yield* blockedCommands
      const page = { folder, paths: ["/"] } as const
      const { url } = yield* start(hotelBooking, { host, port: 0, page, writeTimeoutSeconds: 1 }).pipe(
        Effect.provide(layer)
      )
      const slow = yield* openRawConnection(url)
      slow.send(book(""))
      yield* Queue.take(started)
      const stalled = yield* openRawConnection(url)
      stalled.socket.pause()
      stalled.send("GET /assets/large.js HTTP/1.1\r\nHost: localhost\r\n\r\n")
      const cut = new Promise<void>((resolve) => stalled.socket.once("close", () => resolve()))
      // Only a client that reads sees the end, which then comes before the announced length.
      yield* Effect.sleep("3 seconds")
      stalled.socket.resume()
      yield* Effect.promise(() => cut)
      assert.isBelow(stalled.received().length, 32 * 1024 * 1024)
      yield* Deferred.succeed(release, undefined)
      assert.deepStrictEqual(yield* Effect.promise(() => slow.answers(1)), [409])
    }).pipe(Effect.scoped, Effect.provide(hotel))
  )
})
