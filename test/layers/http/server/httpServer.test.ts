import { connect } from "node:net"
import { assert, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Exit, Fiber, Layer, Queue, Schedule, Scope } from "effect"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { Commands } from "#layers/commands/Commands.ts"
import { CannotListen, start } from "#layers/http/server/httpServer.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { memoryBackend, runningBoard } from "#test/support/backends.ts"
import { Served, servedHotel } from "#test/support/servedHttp.ts"
import { listen } from "#test/support/serverSentEvents.ts"
import { freePort } from "../../../../bench/freePort.ts"

const host = "127.0.0.1"
const hotel = runningBoard(hotelBooking, memoryBackend)

/** A connection, and all that comes through it until it ends. */
const speak = (url: string, said: string) => {
  const { hostname, port } = new URL(url)
  return Effect.callback<string>((resume) => {
    let heard = ""
    const socket = connect(Number(port), hostname, () => socket.write(said))
    socket.on("data", (chunk) => (heard += chunk))
    socket.on("error", () => {})
    socket.on("close", () => resume(Effect.succeed(heard)))
    return Effect.sync(() => socket.destroy())
  })
}

it.live("a port that is taken is named, and the setting that changes it", () =>
  Effect.gen(function* () {
    const { url } = yield* start(hotelBooking, { host, port: 0 })
    const port = Number(new URL(url).port)
    const failure = yield* Effect.flip(start(hotelBooking, { host, port }))
    assert.instanceOf(failure, CannotListen)
    assert.include(failure.message, `${host}:${port}`)
    assert.include(failure.message, "PORT")
    const elsewhere = yield* Effect.flip(start(hotelBooking, { host: "203.0.113.1", port: 0 }))
    assert.include(elsewhere.message, "Set HOST")
  }).pipe(Effect.scoped, Effect.provide(hotel))
)

it.live("a request that comes before the routes are there is answered: try again in a moment", () =>
  Effect.gen(function* () {
    const gate = yield* Deferred.make<void>()
    const log = yield* EventLog
    const slow = EventLog.of({ ...log, history: Effect.andThen(Deferred.await(gate), log.history) })
    const port = yield* Effect.promise(freePort)
    const ask = Effect.tryPromise(() => fetch(`http://${host}:${port}/health/live`))
    const serving = yield* Effect.forkChild(Effect.provideService(start(hotelBooking, { host, port }), EventLog, slow))
    const early = yield* Effect.retry(ask, Schedule.spaced("10 millis"))
    assert.deepStrictEqual([early.status, early.headers.get("retry-after")], [503, "1"])
    assert.strictEqual(((yield* Effect.promise(() => early.json())) as { code: string }).code, "Starting")
    yield* Deferred.succeed(gate, undefined)
    yield* Fiber.join(serving)
    assert.strictEqual((yield* ask).status, 200)
  }).pipe(Effect.scoped, Effect.provide(hotel))
)

const hanging = [
  "",
  "GET /rooms HTTP/1.1\r\nHo",
  "PUT /mutation/book-room HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
]

it.live("ends within two seconds, and so does whatever hangs on it", () =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const { url } = yield* start(hotelBooking, { host, port: 0 }).pipe(Scope.provide(scope))
    const connections = yield* Effect.forEach(hanging, (said) => Effect.forkChild(speak(url, said)))
    yield* Effect.promise(() => fetch(`${url}/rooms`).then((answer) => answer.text()))
    const [spent] = yield* Effect.timed(
      Effect.andThen(
        Scope.close(scope, Exit.void),
        Effect.forEach(connections, (connection) => Fiber.join(connection))
      )
    )
    assert.isBelow(Duration.toMillis(spent), 2_000)
  }).pipe(Effect.provide(hotel))
)

it.live("answers what it has accepted before it ends, and accepts nothing more", () =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const answering = yield* Deferred.make<void>()
    const asked = yield* Queue.unbounded<void>()
    const slow = Layer.effect(
      Commands,
      Effect.map(Commands, ({ execute, ...others }) => ({
        ...others,
        execute: ((...all) =>
          Queue.offer(asked, undefined).pipe(
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
    yield* Queue.takeN(asked, 3)
    const closed = yield* Effect.forkChild(Scope.close(scope, Exit.void))
    const refused = Effect.tryPromise(() => fetch(`${url}/rooms`)).pipe(Effect.flip)
    yield* refused.pipe(Effect.retry(Schedule.spaced("5 millis")))
    yield* Deferred.succeed(answering, undefined)
    assert.deepStrictEqual(
      yield* Effect.forEach(all, (each) => Fiber.join(each)),
      [1, 2, 3].map(() => [409, "RoomUnknown"])
    )
    yield* Fiber.join(closed)
  }).pipe(Effect.provide(hotel))
)

it.live.each([
  ["what is not HTTP", "hello\r\n\r\n", "400"],
  ["a method that there is not", "FROB / HTTP/1.1\r\nHost: localhost\r\n\r\n", "501"],
  [
    "two lengths",
    "PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    "400"
  ],
  ["headers without end", `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(10_000)}\r\n\r\n`, "431"],
  ["headers that come too slowly", "GET / HTTP/1.1\r\nHo", "408"]
] as const)("%s is refused with a problem too", ([, said, status]) =>
  Effect.gen(function* () {
    const { url } = yield* start(hotelBooking, { host, port: 0 })
    const heard = yield* speak(url, said)
    assert.match(heard, new RegExp(`^HTTP/1\\.1 ${status} `, "u"))
    const body = heard.slice(heard.indexOf("\r\n\r\n"))
    assert.include(heard, "application/problem+json")
    assert.strictEqual(JSON.parse(body).status, Number(status))
  }).pipe(Effect.scoped, Effect.provide(hotel))
)

it.live("what asks of no path in particular, or for another protocol, is answered", () =>
  Effect.gen(function* () {
    const { url } = yield* start(hotelBooking, { host, port: 0 })
    assert.match(
      yield* speak(url, "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
      /^HTTP\/1\.1 204 /u
    )
    const absolute = yield* speak(url, `GET ${url}/rooms HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
    assert.match(absolute, /^HTTP\/1\.1 200 /u)
    const upgrade = yield* speak(
      url,
      "GET /rooms HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    )
    assert.match(upgrade, /^HTTP\/1\.1 200 /u)
  }).pipe(Effect.scoped, Effect.provide(hotel))
)

it.live("the documentation carries all it needs, compressed", () =>
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

it.live("as many may listen as there are places, and a place is free again when somebody leaves", () =>
  Effect.gen(function* () {
    const { url } = yield* start(hotelBooking, { host, port: 0, maxListeners: 2 })
    const events = `${url}/events`
    const leaving = yield* Scope.make()
    yield* listen(events)
    yield* Scope.provide(listen(events), leaving)
    const refused = yield* Effect.promise(() => fetch(events))
    assert.deepStrictEqual([refused.status, refused.headers.get("retry-after")], [503, "5"])
    const { code, most } = (yield* Effect.promise(() => refused.json())) as any
    assert.deepStrictEqual([code, most], ["TooManyListeners", 2])
    // Who asks for nonsense takes nobody's place.
    assert.strictEqual((yield* Effect.promise(() => fetch(`${events}?x=1`))).status, 400)
    yield* Scope.close(leaving, Exit.void)
    const listening = Effect.map(listen(events), ({ response }) => response.status)
    yield* listening.pipe(Effect.repeat({ until: (status) => status === 200, schedule: Schedule.spaced("5 millis") }))
    assert.strictEqual((yield* Effect.promise(() => fetch(events))).status, 503)
  }).pipe(Effect.scoped, Effect.provide(hotel))
)
