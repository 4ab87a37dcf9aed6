import { connect, type Socket } from "node:net"
import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { start } from "#layers/http/server/httpServer.ts"
import { EventLog, type StreamVersion, emptyStream } from "#layers/services/EventLog.ts"
import { BookAcquired, library } from "#test/boards/libraryBoard.ts"
import { appendTo } from "#test/support/appendTo.ts"
import { memoryBackend, runningBoard } from "#test/support/backends.ts"
import { freshBook, testMetadata, streamIdOf } from "#test/support/libraryFixtures.ts"
import { listen } from "#test/support/serverSentEvents.ts"

const host = "127.0.0.1"
const board = Layer.fresh(runningBoard(library, memoryBackend))

/** A turn of the event loop, in which sockets are read and written. */
const turn = Effect.callback<void>((resume) => void setImmediate(() => resume(Effect.void)))

/** A client that requests events and never reads them. */
const stalledListener = (url: string) =>
  Effect.acquireRelease(
    Effect.callback<Socket>((resume) => {
      const { hostname, port } = new URL(url)
      const socket = connect(Number(port), hostname)
      socket.on("error", () => {})
      socket.pause()
      socket.write(`GET /events HTTP/1.1\r\nHost: ${hostname}:${port}\r\n\r\n`, () => resume(Effect.succeed(socket)))
    }),
    (socket) => Effect.sync(() => socket.destroy())
  )

const status = (url: string, localAddress?: string) =>
  Effect.callback<number>((resume) => {
    const { hostname, port } = new URL(url)
    const socket = connect({ port: Number(port), host: hostname, ...(localAddress !== undefined && { localAddress }) })
    socket.once("data", (bytes: Buffer) => {
      resume(Effect.succeed(Number(bytes.toString().slice("HTTP/1.1 ".length, 12))))
      socket.destroy()
    })
    socket.on("error", () => {})
    socket.write(`GET /events HTTP/1.1\r\nHost: ${hostname}:${port}\r\n\r\n`)
  })

/** Appends large events to one stream, so that the kernel's buffers are full soon. */
const appending = Effect.gen(function* () {
  const log = yield* EventLog
  const book = freshBook()
  let version: StreamVersion = emptyStream
  return Effect.fnUntraced(function* (events: number) {
    const batch = Array.from({ length: events }, () => new BookAcquired({ book, title: "x".repeat(60_000) }))
    const recorded = yield* appendTo(
      log,
      streamIdOf(book),
      version,
      batch,
      testMetadata(`${version.position}-${book.id}`)
    )
    version = { position: recorded.at(-1)!.position, count: recorded.at(-1)!.streamRevision }
  })
})

it.effect("a listener that never reads is disconnected once its connection has accepted nothing for ten seconds", () =>
  Effect.gen(function* () {
    const { url } = yield* start(library, { host, port: 0, maxListeners: 2 })
    const append = yield* appending
    yield* stalledListener(url)
    const { events, response } = yield* listen(`${url}/events`)
    assert.strictEqual(response.status, 200)
    // The stalled listener has the second slot: none is left.
    while ((yield* status(`${url}/events`)) !== 503) yield* turn
    let seconds = 0
    for (; (yield* status(`${url}/events`)) === 503; seconds++) {
      assert.isBelow(seconds, 200)
      yield* append(20)
      yield* TestClock.adjust("1 second")
      for (let n = 0; n < 20; n++) yield* turn
    }
    assert.isAtLeast(seconds, 10)
    // The listener that reads is unaffected.
    yield* append(1)
    yield* TestClock.adjust("1 second")
    assert.isDefined(events)
  }).pipe(Effect.scoped, Effect.provide(board))
)

it.effect("listeners are limited per address; other addresses can still listen", () =>
  Effect.gen(function* () {
    const { url } = yield* start(library, { host, port: 0, maxListeners: 4, maxListenersPerAddress: 2 })
    yield* listen(`${url}/events`)
    yield* listen(`${url}/events`)
    const rejected = yield* Effect.promise(() => fetch(`${url}/events`))
    assert.deepStrictEqual([rejected.status, rejected.headers.get("retry-after")], [429, "5"])
    const { code, detail, most } = (yield* Effect.promise(() => rejected.json())) as any
    assert.deepStrictEqual([code, most], ["TooManyListenersOfAddress", 2])
    assert.include(detail, "LISTENERS_PER_ADDRESS")
    assert.strictEqual(yield* status(url + "/events", "127.0.0.2"), 200)
  }).pipe(Effect.scoped, Effect.provide(board))
)
