import { assert, describe, it } from "@effect/vitest"
import { connect } from "@nats-io/transport-node"
import { Context, Deferred, Duration, Effect, Fiber, Layer, Schedule, Stream } from "effect"
import * as Nats from "#layers/nats/connection/Nats.ts"
import { Requests } from "#layers/nats/connection/Requests.ts"
import { Connection, type ConnectionStatus } from "#layers/services/Connection.ts"
import { testCluster } from "#test/support/cluster.ts"
import { slowProxy } from "#test/support/slowProxy.ts"
import { testServer } from "#test/support/testServer.ts"
import { freePort } from "../../../../bench/freePort.ts"
import { Proxy } from "../../../../chaos/proxy/Proxy.ts"

const connected = (servers: string) =>
  Layer.build(Requests.layer.pipe(Layer.provideMerge(Nats.layer(servers)), Layer.fresh))

/** The first status of this kind, from now on. */
const first = (context: Context.Context<Connection>, state: ConnectionStatus["state"]) =>
  Context.get(context, Connection).changes.pipe(
    Stream.filter((status) => status.state === state),
    Stream.runHead
  )

describe("The connection", () => {
  it.live("detects a dead link within 5 s, fails requests in flight, and reconnects", () =>
    Effect.gen(function* () {
      const { port } = yield* testServer({ syncInterval: "2m" })
      const proxy = yield* Effect.acquireRelease(
        Effect.promise(async () => {
          const opened = new Proxy(await freePort(), port, "bytes")
          await opened.open()
          return opened
        }),
        (opened) => Effect.sync(() => opened.close())
      )
      const context = yield* connected(`127.0.0.1:${proxy.port}`)
      const { one } = Context.get(context, Requests)
      assert.strictEqual((yield* Context.get(context, Connection).status).state, "up")

      proxy.conditions.silent = "both"
      const request = yield* Effect.forkChild(Effect.flip(one("$JS.API.INFO", "")))
      const [elapsed] = yield* Effect.timed(first(context, "down"))
      assert.isBelow(Duration.toMillis(elapsed), 5_000)
      assert.include(["the connection dropped", "no answer in 3 s"], (yield* Fiber.join(request)).reason)
      const [failedAfter, failed] = yield* Effect.timed(Effect.flip(one("$JS.API.INFO", "")))
      assert.strictEqual(failed.reason, "not connected")
      assert.isBelow(Duration.toMillis(failedAfter), 100)

      proxy.heal()
      yield* first(context, "up")
      yield* one("$JS.API.INFO", "").pipe(Effect.retry({ schedule: Schedule.spaced("5 millis") }))
    }).pipe(Effect.scoped)
  )

  it.live("with a longer `maxSilence` waits for a server that answers nothing for 5 s", () =>
    Effect.gen(function* () {
      const { port } = yield* testServer({ syncInterval: "2m" })
      const line = yield* slowProxy(port, 100_000_000)
      const options = { maxSilence: "1 minute" } as const
      const context = yield* Layer.build(Layer.fresh(Nats.layer(`127.0.0.1:${line.port}`, options)))
      const { status } = Context.get(context, Connection)
      const before = yield* status
      line.pause()
      const answer = Context.get(context, Nats.Nats).request("$JS.API.INFO", "", { timeout: 10_000 })
      yield* Effect.sleep("5 seconds")
      line.resume()
      assert.isAbove((yield* Effect.promise(() => answer)).data.length, 0)
      assert.deepStrictEqual(yield* status, before)
    }).pipe(Effect.scoped)
  )

  it.live("detects within 5 s that the peer no longer reads, with much data to be sent", () =>
    Effect.gen(function* () {
      const { port } = yield* testServer({ syncInterval: "2m" })
      const line = yield* slowProxy(port, 100_000_000)
      const context = yield* connected(`127.0.0.1:${line.port}`)
      const nats = Context.get(context, Nats.Nats)
      line.pause()
      const down = yield* Effect.forkChild(first(context, "down"), { startImmediately: true })
      for (let n = 0; n < 64; n++) nats.publish("large", new Uint8Array(1_000_000))
      const [elapsed] = yield* Effect.timed(Fiber.join(down))
      assert.isBelow(Duration.toMillis(elapsed), 5_000)
      line.resume()
      yield* first(context, "up")
    }).pipe(Effect.scoped)
  )

  for (const [what, count, size] of [
    ["many messages before a pong", 150, 10_000],
    ["one large message", 1, 1_000_000]
  ] as const)
    it.live(`is not considered dead while bytes arrive: ${what}`, () =>
      Effect.gen(function* () {
        const { port, url } = yield* testServer({ syncInterval: "2m" })
        const { port: slow } = yield* slowProxy(port, 200_000)
        const context = yield* connected(`127.0.0.1:${slow}`)
        const { one } = Context.get(context, Requests)
        const nats = Context.get(context, Nats.Nats)
        const direct = yield* Effect.acquireRelease(
          Effect.promise(() => connect({ servers: url })),
          (connection) => Effect.promise(() => connection.close())
        )
        const changes: Array<string> = []
        yield* Context.get(context, Connection).changes.pipe(
          Stream.runForEach(({ state }) => Effect.sync(() => changes.push(state))),
          Effect.forkScoped
        )

        let received = 0
        const all = yield* Deferred.make<void>()
        nats.subscribe("large", {
          callback: () => void (++received === count && Deferred.doneUnsafe(all, Effect.void))
        })
        yield* Effect.promise(() => nats.flush())
        for (let n = 0; n < count; n++) direct.publish("large", new Uint8Array(size))
        yield* Effect.promise(() => direct.flush())
        const begin = performance.now()
        // Its answer is queued behind all of that.
        yield* one("$JS.API.INFO", "")
        yield* Deferred.await(all)
        assert.isAbove(performance.now() - begin, 3_500, "it came too quickly to show anything")
        assert.deepStrictEqual(changes, ["up"])
      }).pipe(Effect.scoped)
    )

  it.live("is not considered dead, and no answer lost, because the event loop was blocked", () =>
    Effect.gen(function* () {
      const { url } = yield* testServer({ syncInterval: "2m" })
      const context = yield* connected(url)
      const { one } = Context.get(context, Requests)
      const changes: Array<string> = []
      yield* Context.get(context, Connection).changes.pipe(
        Stream.runForEach(({ state }) => Effect.sync(() => changes.push(state))),
        Effect.forkScoped
      )
      for (let n = 0; n < 2; n++) {
        const request = yield* Effect.forkChild(one("$JS.API.INFO", ""), { startImmediately: true })
        // The request is in the socket by the next turn of the loop; its answer arrives while the loop is blocked.
        yield* Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 4_000)
        yield* Fiber.join(request)
      }
      assert.deepStrictEqual(changes, ["up"])
    }).pipe(Effect.scoped)
  )

  it.live("moves from a server in lame duck mode to another", () =>
    Effect.gen(function* () {
      const cluster = yield* testCluster()
      const context = yield* connected(cluster.urls)
      const before = Context.get(context, Nats.Nats).getServer()
      const node = cluster.nodes.find(({ url }) => url.endsWith(before.split(":").at(-1)!))!
      const duck = yield* Effect.forkChild(first(context, "lame duck"))
      yield* node.signal("SIGUSR2")
      yield* Fiber.join(duck)
      yield* first(context, "up")
      assert.notStrictEqual(Context.get(context, Nats.Nats).getServer(), before)
    }).pipe(Effect.scoped)
  )
})
