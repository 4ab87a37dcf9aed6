import { connect } from "node:net"
import { assert, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Exit, Fiber, Layer, Queue, Schedule, Scope } from "effect"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { Commands } from "#layers/commands/Commands.ts"
import { CannotListen, start } from "#layers/http/server/httpServer.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { Served, servedHotel } from "#test/hotel/support/servedHttp.ts"
import { memoryBackend, runningBoard } from "#test/support/backends.ts"
import { listen } from "#test/support/serverSentEvents.ts"
import { freePort } from "../../../../../bench/freePort.ts"

const host = "127.0.0.1"
const hotel = runningBoard(hotelBooking, memoryBackend)

/** Sends text on a new connection, and returns everything received until it closes. */
const exchange = (url: string, text: string) => {
  const { hostname, port } = new URL(url)
  return Effect.callback<string>((resume) => {
    let received = ""
    const socket = connect(Number(port), hostname, () => socket.write(text))
    socket.on("data", (chunk) => (received += chunk))
    socket.on("error", () => {})
    socket.on("close", () => resume(Effect.succeed(received)))
    return Effect.sync(() => socket.destroy())
  })
}

it.live("a port in use fails with its address and the setting to change", () =>
  Effect.gen(function* () {
    const { url } = yield* start(hotelBooking, { host, port: 0 })
    const port = Number(new URL(url).port)
    const failure = yield* Effect.flip(start(hotelBooking, { host, port }))
    assert.instanceOf(failure, CannotListen)
    assert.include(failure.message, `${host}:${port}`)
    assert.include(failure.message, "PORT")
    const foreignHost = yield* Effect.flip(start(hotelBooking, { host: "203.0.113.1", port: 0 }))
    assert.include(foreignHost.message, "Set HOST")
  }).pipe(Effect.scoped, Effect.provide(hotel))
)

it.live("a request before the routes are added gets 503 with retry-after", () =>
  Effect.gen(function* () {
    const gate = yield* Deferred.make<void>()
    const log = yield* EventLog
    const slow = EventLog.of({ ...log, history: Effect.andThen(Deferred.await(gate), log.history) })
    const port = yield* Effect.promise(freePort)
    const getHealth = Effect.tryPromise(() => fetch(`http://${host}:${port}/health/live`))
    const serving = yield* Effect.forkChild(Effect.provideService(start(hotelBooking, { host, port }), EventLog, slow))
    const early = yield* Effect.retry(getHealth, Schedule.spaced("10 millis"))
    assert.deepStrictEqual([early.status, early.headers.get("retry-after")], [503, "1"])
    assert.strictEqual(((yield* Effect.promise(() => early.json())) as { code: string }).code, "Starting")
    yield* Deferred.succeed(gate, undefined)
    yield* Fiber.join(serving)
    assert.strictEqual((yield* getHealth).status, 200)
  }).pipe(Effect.scoped, Effect.provide(hotel))
)

const hanging = [
  "",
  "GET /rooms HTTP/1.1\r\nHo",
  "PUT /mutation/book-room HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
]

it.live("the server shuts down within two seconds, hanging connections included", () =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const { url } = yield* start(hotelBooking, { host, port: 0 }).pipe(Scope.provide(scope))
    const connections = yield* Effect.forEach(hanging, (text) => Effect.forkChild(exchange(url, text)))
    yield* Effect.promise(() => fetch(`${url}/rooms`).then((answer) => answer.text()))
    const [elapsed] = yield* Effect.timed(
      Effect.andThen(
        Scope.close(scope, Exit.void),
        Effect.forEach(connections, (connection) => Fiber.join(connection))
      )
    )
    assert.isBelow(Duration.toMillis(elapsed), 2_000)
  }).pipe(Effect.provide(hotel))
)

it.live("the server answers accepted requests before it shuts down, and accepts no more", () =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const answering = yield* Deferred.make<void>()
    const started = yield* Queue.unbounded<void>()
    const slow = Layer.effect(
      Commands,
      Effect.map(Commands, ({ execute, ...others }) => ({
        ...others,
        execute: ((...all) =>
          Queue.offer(started, undefined).pipe(
            Effect.andThen(Deferred.await(answering)),
            Effect.andThen(execute(...all))
          )) as typeof execute
      }))
    )
    const { url } = yield* start(hotelBooking, { host, port: 0 }).pipe(Effect.provide(slow), Scope.provide(scope))
    const book = (n: number) =>
      Effect.promise(async () => {
        const data = { room: { id: n }, client: { id: 1 }, date: "2022-12-12" }
        const headers = { "content-type": "application/json" }
        const answer = await fetch(`${url}/mutation/book-room`, {
          method: "PUT",
          headers,
          body: JSON.stringify({ data })
        })
        return [answer.status, ((await answer.json()) as { code: string }).code]
      })
    const all = yield* Effect.forEach([1, 2, 3], (n) => Effect.forkChild(book(n)))
    yield* Queue.takeN(started, 3)
    const closed = yield* Effect.forkChild(Scope.close(scope, Exit.void))
    const rejected = Effect.tryPromise(() => fetch(`${url}/rooms`)).pipe(Effect.flip)
    yield* rejected.pipe(Effect.retry(Schedule.spaced("5 millis")))
    yield* Deferred.succeed(answering, undefined)
    assert.deepStrictEqual(
      yield* Effect.forEach(all, (each) => Fiber.join(each)),
      [1, 2, 3].map(() => [409, "RoomUnknown"])
    )
    yield* Fiber.join(closed)
  }).pipe(Effect.provide(hotel))
)

it.live.each([
  ["text that is not HTTP", "hello\r\n\r\n", "400"],
  ["an unknown method", "FROB / HTTP/1.1\r\nHost: localhost\r\n\r\n", "501"],
  [
    "two lengths",
    "PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    "400"
  ],
  ["endless headers", `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(10_000)}\r\n\r\n`, "431"],
  ["headers that arrive too slowly", "GET / HTTP/1.1\r\nHo", "408"]
] as const)("%s is rejected with a problem too", ([, text, status]) =>
  Effect.gen(function* () {
    const { url } = yield* start(hotelBooking, { host, port: 0 })
    const received = yield* exchange(url, text)
    assert.match(received, new RegExp(`^HTTP/1\\.1 ${status} `, "u"))
    const body = received.slice(received.indexOf("\r\n\r\n"))
    assert.include(received, "application/problem+json")
    assert.strictEqual(JSON.parse(body).status, Number(status))
  }).pipe(Effect.scoped, Effect.provide(hotel))
)

it.live("OPTIONS *, an absolute target and an upgrade are answered", () =>
  Effect.gen(function* () {
    const { url } = yield* start(hotelBooking, { host, port: 0 })
    assert.match(
      yield* exchange(url, "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
      /^HTTP\/1\.1 204 /u
    )
    const absolute = yield* exchange(url, `GET ${url}/rooms HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
    assert.match(absolute, /^HTTP\/1\.1 200 /u)
    const upgrade = yield* exchange(
      url,
      "GET /rooms HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    )
    assert.match(upgrade, /^HTTP\/1\.1 200 /u)
  }).pipe(Effect.scoped, Effect.provide(hotel))
)

it.live("the documentation is self-contained and compressed", () =>
  Effect.gen(function* () {
    const { url, openapi } = yield* Served
    const answer = yield* Effect.promise(() => fetch(`${url}/docs`, { headers: { "accept-encoding": "br" } }))
    assert.strictEqual(answer.status, 200)
    assert.strictEqual(answer.headers.get("content-encoding"), "br")
    assert.include(answer.headers.get("content-security-policy")!, "default-src 'self'")
    const page = yield* Effect.promise(() => answer.text())
    assert.include(page, openapi["info"].title)
    assert.notMatch(page, /<(?:script|link|img|iframe)[^>]*\s(?:src|href)\s*=\s*["']?(?:https?:)?\/\//iu)
    assert.include(page, '"withDefaultFonts":false')
  }).pipe(Effect.provide(servedHotel(memoryBackend)))
)

it.live("listeners over the limit get 503, and a slot is free again after a disconnect", () =>
  Effect.gen(function* () {
    const { url } = yield* start(hotelBooking, { host, port: 0, maxListeners: 2 })
    const events = `${url}/events`
    const leaving = yield* Scope.make()
    yield* listen(events)
    yield* Scope.provide(listen(events), leaving)
    const rejected = yield* Effect.promise(() => fetch(events))
    assert.deepStrictEqual([rejected.status, rejected.headers.get("retry-after")], [503, "5"])
    const { code, most } = (yield* Effect.promise(() => rejected.json())) as any
    assert.deepStrictEqual([code, most], ["TooManyListeners", 2])
    // An invalid request occupies no slot.
    assert.strictEqual((yield* Effect.promise(() => fetch(`${events}?x=1`))).status, 400)
    yield* Scope.close(leaving, Exit.void)
    const listening = Effect.map(listen(events), ({ response }) => response.status)
    yield* listening.pipe(Effect.repeat({ until: (status) => status === 200, schedule: Schedule.spaced("5 millis") }))
    assert.strictEqual((yield* Effect.promise(() => fetch(events))).status, 503)
  }).pipe(Effect.scoped, Effect.provide(hotel))
)
