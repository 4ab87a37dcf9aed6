import { type AddressInfo, createServer, type Server } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { jetstreamManager } from "@nats-io/jetstream"
import { connect } from "@nats-io/transport-node"
import { Effect } from "effect"
import { Board, type Retention } from "#domain/model/index.ts"
import * as NatsConnection from "#layers/nats/connection/Nats.ts"
import * as Nats from "#layers/nats/natsServices.ts"
import { differences, provision } from "#layers/nats/provision/provision.ts"
import { EventLog, emptyStream } from "#layers/services/EventLog.ts"
import { BookAcquired, library } from "#test/boards/libraryBoard.ts"
import { appendTo } from "#test/support/appendTo.ts"
import { freshBook, testMetadata, streamIdOf } from "#test/support/libraryFixtures.ts"
import { testServer } from "#test/support/testServer.ts"

const manager = (servers: string) =>
  Effect.acquireRelease(
    Effect.promise(() => connect({ servers })),
    (nats) => Effect.promise(() => nats.close())
  ).pipe(Effect.flatMap((nats) => Effect.promise(() => jetstreamManager(nats))))

const withLog = (log: Retention) => Board.make({ ...library, log })

describe("provision", () => {
  it.live("explains what to do if the disk is too small for the declared limits", () =>
    Effect.gen(function* () {
      const { url } = yield* testServer({ syncInterval: "2m" })
      const large = provision(withLog({ ...library.log, maxBytes: "2000 TiB" }), 1)
      const { message } = yield* Effect.flip(Effect.provide(large, NatsConnection.layer(url)))
      assert.match(message, /^stream library could not be set up: .+\. The board's log.+Raise it/u)
    }).pipe(Effect.scoped)
  )

  it.live("creates every stream, bucket and consumer, with limits, and changes nothing the second time", () =>
    Effect.gen(function* () {
      const { url } = yield* testServer({ syncInterval: "2m" })
      const jsm = yield* manager(url)
      const readConfigs = Effect.promise(async () => {
        const streams = await jsm.streams.list().next()
        const consumers = await jsm.consumers.list("library").next()
        return [...streams, ...consumers].map(({ config, created }) => ({ config, created }))
      })
      const provisionBoard = provision(library, 1).pipe(Effect.provide(NatsConnection.layer(url)))
      yield* provisionBoard
      const first = yield* readConfigs
      yield* provisionBoard
      assert.deepStrictEqual(yield* readConfigs, first)

      const streams = (yield* Effect.promise(() => jsm.streams.list().next())).map(({ config }) => config)
      assert.deepStrictEqual(streams.map(({ name }) => name).sort(), [
        "KV_checkpoints",
        "KV_parked",
        "KV_shelf-v1",
        "KV_totals",
        "KV_voided",
        "audit",
        "audit-refused",
        "library",
        "library-lending",
        "library-stock"
      ])
      for (const { name, max_bytes, discard } of streams) {
        assert.isAbove(max_bytes, 0, name)
        assert.strictEqual(discard, "new", name)
      }
      const log = streams.find(({ name }) => name === "library")!
      assert.deepStrictEqual([log.deny_delete, log.deny_purge, log.allow_atomic], [true, true, true])
      assert.strictEqual(streams.find(({ name }) => name === "audit")!.max_age, 14 * 86_400_000_000_000)
    }).pipe(Effect.scoped)
  )

  it.live("updates in place what can be updated, and names each difference that cannot", () =>
    Effect.gen(function* () {
      const { url } = yield* testServer({ syncInterval: "2m" })
      const jsm = yield* manager(url)
      const provisionBoard = (board: Board.Any) => provision(board, 1).pipe(Effect.provide(NatsConnection.layer(url)))
      yield* provisionBoard(withLog({ maxBytes: "1 MiB", duplicateWindow: "1 minute" }))
      yield* provisionBoard(withLog({ maxBytes: "2 MiB", duplicateWindow: "3 minutes" }))
      const { config } = yield* Effect.promise(() => jsm.streams.info("library"))
      assert.deepStrictEqual([config.max_bytes, config.duplicate_window], [2 * 1024 * 1024, 180_000_000_000])

      yield* Effect.promise(() => jsm.streams.delete("library-stock"))
      yield* Effect.promise(() =>
        jsm.streams.add({ name: "library-stock", subjects: ["elsewhere.>"], storage: "memory", max_bytes: 1024 })
      )
      const error = yield* Effect.flip(provisionBoard(library))
      assert.strictEqual(error._tag, "ConfigMismatch")
      assert.include(error.message, "stream library-stock exists with another configuration")
      assert.include(error.message, `storage: is "memory", wanted "file"`)
      assert.include(error.message, "max_bytes: is 1024, wanted 16777216")
    }).pipe(Effect.scoped)
  )

  it("treats a field that the server omits as its zero value, and no other", () => {
    assert.deepStrictEqual(differences({ max_age: 0, compression: "none", deny_purge: false }, {}), [])
    assert.deepStrictEqual(differences({ max_age: 1 }, {}), ["max_age: is unset, wanted 1"])
    assert.deepStrictEqual(differences({ sources: [{ name: "a" }] }, { sources: [{ name: "a", lag: 1 }] }), [])
    assert.deepStrictEqual(differences({ subjects: ["a"] }, { subjects: ["a", "b"] }), [
      `subjects: is ["a","b"], wanted ["a"]`
    ])
  })

  it.live("a full log rejects appends, and keeps its events", () =>
    Effect.gen(function* () {
      const { url } = yield* testServer({ syncInterval: "2m" })
      const board = withLog({ maxBytes: "8 KiB" })
      yield* Effect.gen(function* () {
        const log = yield* EventLog
        const first = freshBook()
        yield* appendTo(
          log,
          streamIdOf(first),
          emptyStream,
          [new BookAcquired({ book: first, title: "" })],
          testMetadata("first")
        )
        const title = "x".repeat(1_000)
        const fill = Effect.suspend(() => {
          const book = freshBook()
          return appendTo(
            log,
            streamIdOf(book),
            emptyStream,
            [new BookAcquired({ book, title })],
            testMetadata(`fill-${book.id}`)
          )
        })
        const full = yield* fill.pipe(Effect.repeat({ times: 20 }), Effect.flip)
        assert.strictEqual(full._tag, "LogFull")
        assert.include(full.message, "nats stream edit library --max-bytes")
        assert.strictEqual((yield* log.read(streamIdOf(first))).count, 1)
      }).pipe(Effect.provide(Nats.layer(board, { servers: url, replicas: 1 })))
    }).pipe(Effect.scoped)
  )

  it.live("the error names a server that is unreachable, too old, or without JetStream", () =>
    Effect.gen(function* () {
      const reason = (servers: string) =>
        Effect.map(
          Effect.flip(provision(library, 1).pipe(Effect.provide(NatsConnection.layer(servers)))),
          ({ message }) => message
        )
      assert.include(yield* reason("127.0.0.1:1"), "NATS at 127.0.0.1:1 cannot be used: connection refused")
      const old = yield* fakeServer({ version: "2.9.10", jetstream: true })
      assert.include(yield* reason(old), "it is nats-server 2.9.10, and 2.14.4 or newer is needed")
      const plain = yield* fakeServer({ version: "2.15.1", jetstream: false })
      assert.include(yield* reason(plain), "JetStream is not enabled there")
    }).pipe(Effect.scoped)
  )
})

/** A fake server with the greeting of a nats-server, which answers nothing but pings. */
const fakeServer = (info: { readonly version: string; readonly jetstream: boolean }) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<Server>((resume) => {
        const server = createServer((socket) => {
          socket.on("error", () => socket.destroy())
          socket.on("data", (data) => data.includes("PING") && socket.write("PONG\r\n"))
          socket.write(`INFO ${JSON.stringify({ ...info, headers: true, max_payload: 1_048_576, proto: 1 })}\r\n`)
        }).listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) => Effect.sync(() => server.close())
    ),
    (server) => `127.0.0.1:${(server.address() as AddressInfo).port}`
  )
