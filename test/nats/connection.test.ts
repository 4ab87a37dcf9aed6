import { Connection, type Status } from "#layers/Connection.ts"
import * as Nats from "#layers/nats/Nats.ts"
import { Requests } from "#layers/nats/Requests.ts"
import { assert, describe, it } from "@effect/vitest"
import { Context, Duration, Effect, Fiber, Layer, Schedule, Stream } from "effect"
import { Proxy } from "../../chaos/proxy/Proxy.ts"
import { freePort } from "../../bench/freePort.ts"
import { testCluster } from "../support/cluster.ts"
import { testServer } from "../support/nats.ts"

const connected = (servers: string) =>
  Layer.build(Requests.layer.pipe(Layer.provideMerge(Nats.layer(servers)), Layer.fresh))

/** The first status of this kind, from now on. */
const first = (context: Context.Context<Connection>, state: Status["state"]) =>
  Context.get(context, Connection).changes.pipe(
    Stream.filter((status) => status.state === state),
    Stream.runHead
  )

describe("The connection", () => {
  it.live("finds out within 5 s that nobody is there any more, fails what is in flight, and comes back", () =>
    Effect.gen(function* () {
      const { port } = yield* testServer({ syncInterval: "2m" })
      const proxy = yield* Effect.acquireRelease(
        Effect.promise(async () => {
          const made = new Proxy(await freePort(), port, "bytes")
          await made.open()
          return made
        }),
        (made) => Effect.sync(() => made.close())
      )
      const context = yield* connected(`127.0.0.1:${proxy.port}`)
      const { one } = Context.get(context, Requests)
      assert.strictEqual((yield* Context.get(context, Connection).status).state, "up")

      proxy.conditions.silent = "both"
      const asked = yield* Effect.forkChild(Effect.flip(one("$JS.API.INFO", "")))
      const [spent] = yield* Effect.timed(first(context, "down"))
      assert.isBelow(Duration.toMillis(spent), 5_000)
      assert.include(["the connection dropped", "no answer in 3 s"], (yield* Fiber.join(asked)).reason)
      const [atOnce, failed] = yield* Effect.timed(Effect.flip(one("$JS.API.INFO", "")))
      assert.strictEqual(failed.reason, "not connected")
      assert.isBelow(Duration.toMillis(atOnce), 100)

      proxy.heal()
      yield* first(context, "up")
      yield* one("$JS.API.INFO", "").pipe(Effect.retry({ schedule: Schedule.spaced("5 millis") }))
    }).pipe(Effect.scoped)
  )

  it.live("leaves a server that is about to end, for another", () =>
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
