import { assert, describe, it } from "@effect/vitest"
import { jetstream, type JetStreamManager, jetstreamManager } from "@nats-io/jetstream"
import { connect, type NatsConnection } from "@nats-io/transport-node"
import { Effect, Redacted } from "effect"
import { toAuthOptions } from "#layers/nats/connection/serverAddress.ts"
import * as ViewerGate from "#nats-server/viewer/ViewerGate.ts"
import { testServer } from "#test/support/testServer.ts"

const connected = (options: Parameters<typeof connect>[0]) =>
  Effect.acquireRelease(
    Effect.promise(() => connect({ reconnect: false, ...options })),
    (nats) => Effect.promise(() => nats.close())
  )

/** A server as the app starts it, with a log, a bucket and a consumer; a connection of the app, and one without credentials. */
const fixture = Effect.gen(function* () {
  const server = yield* testServer({ syncInterval: "2m", restrictAnonymous: true })
  const address = { servers: server.url, credentials: server.credentials }
  yield* ViewerGate.open(server.dataDir, address)
  const app = yield* connected({ servers: server.url, ...toAuthOptions(server.credentials) })
  const viewer = yield* connected({ servers: server.url })
  const manager = yield* Effect.promise(async () => {
    const manager = await jetstreamManager(app)
    await manager.streams.add({ name: "log", subjects: ["log.>"], allow_direct: true })
    await manager.streams.add({ name: "audit", subjects: ["audit.>"], allow_direct: true })
    await manager.streams.add({ name: "KV_rows-v1", subjects: ["$KV.rows-v1.>"], allow_direct: true })
    await jetstream(app).publish("log.a", "1")
    await jetstream(app).publish("log.b", "2")
    await jetstream(app).publish("$KV.rows-v1.a", "row")
    await manager.consumers.add("log", { durable_name: "view", ack_policy: "all" })
    return manager
  })
  return { server, app, viewer, manager }
})

/** The state of streams and consumers, without those that viewers create. */
const stateOf = async (manager: JetStreamManager) => {
  const found: Record<string, unknown> = {}
  for (const { config, created, state } of await manager.streams.list().next()) {
    const { consumer_count: _, ...rest } = state
    found[config.name] = { config, created, rest }
    for (const { name, config: consumer, delivered, ack_floor, num_waiting, paused } of await manager.consumers
      .list(config.name)
      .next()) {
      if (!name.startsWith("viewer-"))
        found[`${config.name}.${name}`] = { consumer, delivered, ack_floor, num_waiting, paused }
    }
  }
  return found
}

/** Sends a request, and returns the response or the error. */
const request = async (viewer: NatsConnection, subject: string, body: unknown = "") => {
  try {
    const text = typeof body === "string" ? body : JSON.stringify(body)
    const message = await viewer.request(subject, text, { timeout: 400 })
    return message.string() || `${message.headers?.code} ${message.headers?.description}`
  } catch (error) {
    return String(error)
  }
}

const create = (stream: string, config: object, name = "") =>
  [`$JS.API.CONSUMER.CREATE.${stream}${name && `.${name}`}`, { stream_name: stream, config }] as const

const changes: ReadonlyArray<readonly [subject: string, body?: unknown]> = [
  ["log.c", "forged"],
  ["audit.refused.x", "forged"],
  ["$KV.rows-v1.a", "forged"],
  ["$JS.ACK.log.view.1.1.1.1.1"],
  ["$JS.FC.log.view.x"],
  ["_VIEW.deliver.x", "forged"],
  ["_VIEW.api.create.log", { stream_name: "log", config: { deliver_subject: "log.c" } }],
  ["_R_.x"],
  ["$SYS.REQ.SERVER.PING"],
  ["$SYS.REQ.SERVER.PING.CONNZ"],
  ["$SYS.REQ.ACCOUNT.APP.CONNZ"],
  ["$JS.API.STREAM.CREATE.new", { name: "new", subjects: ["new.>"] }],
  ["$JS.API.STREAM.UPDATE.log", { name: "log", subjects: ["log.>", "more.>"] }],
  ["$JS.API.STREAM.DELETE.log"],
  ["$JS.API.STREAM.PURGE.log"],
  ["$JS.API.STREAM.MSG.DELETE.log", { seq: 1 }],
  ["$JS.API.STREAM.SNAPSHOT.log", { deliver_subject: "log.c" }],
  ["$JS.API.STREAM.RESTORE.new", { config: { name: "new" }, state: {} }],
  ["$JS.API.STREAM.LEADER.STEPDOWN.log"],
  ["$JS.API.STREAM.PEER.REMOVE.log", { peer: "x" }],
  ["$JS.API.META.LEADER.STEPDOWN"],
  ["$JS.API.SERVER.REMOVE", { peer: "x" }],
  ["$JS.API.ACCOUNT.PURGE.APP"],
  ["$JS.API.CONSUMER.DURABLE.CREATE.log.mine", { stream_name: "log", config: { durable_name: "mine" } }],
  ["$JS.API.CONSUMER.DELETE.log.view"],
  ["$JS.API.CONSUMER.PAUSE.log.view", { pause_until: "2099-01-01T00:00:00Z" }],
  ["$JS.API.CONSUMER.UNPIN.log.view", { group: "g" }],
  ["$JS.API.CONSUMER.RESET.log.view", { seq: 1 }],
  ["$JS.API.CONSUMER.LEADER.STEPDOWN.log.view"],
  ["$JS.API.CONSUMER.MSG.NEXT.log.view", { batch: 1, expires: 100_000_000 }],
  create("log", { durable_name: "view", ack_policy: "explicit", deliver_policy: "new" }, "view"),
  create("log", { deliver_subject: "log.c" }),
  create("log", { deliver_subject: "audit.refused.x" }),
  create("log", { deliver_subject: "$KV.rows-v1.a" }),
  create("log", { deliver_subject: "$JS.API.STREAM.DELETE.log" }),
  create("log", { deliver_subject: "$JS.ACK.log.view.1.1.1.1.1" }),
  create("log", { deliver_subject: "_VIEW.api.create.log" }),
  create("log", { deliver_subject: "_INBOX.>" }),
  create("log", { deliver_subject: "_INBOX" }),
  create("log", { deliver_subject: ["_INBOX.x"] }),
  create("log", { name: "other" }, "one"),
  create("*", {})
]

describe("a client without credentials", () => {
  it.live(
    "changes nothing by any request",
    () =>
      Effect.gen(function* () {
        const { manager, viewer } = yield* fixture
        yield* Effect.promise(async () => {
          const before = await stateOf(manager)
          for (const [subject, body] of changes) {
            const answer = await request(viewer, subject, body)
            assert.deepStrictEqual(await stateOf(manager), before, `${subject}: ${answer}`)
          }
          assert.isFalse(viewer.isClosed())
        })
      }).pipe(Effect.scoped),
    60_000
  )

  it.live("stores nothing by the reply subject of its requests", () =>
    Effect.gen(function* () {
      const { manager, viewer } = yield* fixture
      yield* Effect.promise(async () => {
        const before = await stateOf(manager)
        for (const reply of ["log.c", "$KV.rows-v1.a", "audit.refused.x", "$JS.API.STREAM.PURGE.log"]) {
          viewer.publish("$JS.API.STREAM.MSG.GET.log", `{"seq":1}`, { reply })
          viewer.publish("$JS.API.DIRECT.GET.log", `{"seq":1}`, { reply })
          viewer.publish("$JS.API.DIRECT.GET.log.log.a", "", { reply })
          viewer.publish("$JS.API.STREAM.INFO.log", "", { reply })
          viewer.publish(...(["$JS.API.CONSUMER.CREATE.log", `{"stream_name":"log","config":{}}`, { reply }] as const))
          viewer.publish("event-model.credentials", "", { reply })
        }
        const [subject, body] = create("log", { name: "pull" }, "pull")
        assert.notInclude(await request(viewer, subject, body), "error")
        for (const reply of ["log.c", "$KV.rows-v1.a"]) {
          viewer.publish("$JS.API.CONSUMER.MSG.NEXT.log.pull", "10", { reply })
        }
        await viewer.flush()
        assert.include(await request(viewer, "$JS.API.STREAM.INFO.log"), `"messages":2`)
        assert.deepStrictEqual(await stateOf(manager), before)
      })
    }).pipe(Effect.scoped)
  )

  it.live("receives only the responses to its requests", () =>
    Effect.gen(function* () {
      const { app, viewer } = yield* fixture
      yield* Effect.promise(async () => {
        const received: Array<string> = []
        const denied: Array<string> = []
        for (const subject of [">", "log.>", "$KV.>", "$JS.>", "$SYS.>", "_VIEW.>", "_R_.>", "*", "audit.*.*"]) {
          viewer.subscribe(subject, {
            callback: (error, message) => void (error ? denied.push(subject) : received.push(message.subject))
          })
        }
        viewer.subscribe("_INBOX.>", { callback: (_, message) => void received.push(message.subject) })
        await viewer.flush()
        await jetstream(app).publish("log.secret", "3")
        await app.request("$JS.API.STREAM.INFO.log")
        await viewer.flush()
        assert.lengthOf(denied, 9)
        assert.deepStrictEqual(received, [])
      })
    }).pipe(Effect.scoped)
  )

  it.live(
    "gets a consumer that is not durable, has no acknowledgements and is removed when idle, whatever it requests",
    () =>
      Effect.gen(function* () {
        const { manager, viewer } = yield* fixture
        yield* Effect.promise(async () => {
          const requested = {
            durable_name: "forever",
            ack_policy: "explicit",
            inactive_threshold: 3_600e9,
            filter_subject: "log.b",
            max_ack_pending: 1_000_000,
            num_replicas: 1,
            priority_groups: ["g"],
            priority_policy: "pinned_client",
            flow_control: true,
            metadata: { some: "text" }
          }
          await request(viewer, "$JS.API.CONSUMER.CREATE.log.forever.log.b", { stream_name: "log", config: requested })
          const { config } = await manager.consumers.info("log", "viewer-forever")
          assert.isUndefined(config.durable_name)
          assert.deepInclude(config, {
            ack_policy: "none",
            inactive_threshold: 300e9,
            mem_storage: true,
            filter_subject: "log.b"
          })
          assert.notProperty(config, "priority_groups")
          assert.notProperty(config, "flow_control")
          const message = await viewer.request("$JS.API.CONSUMER.MSG.NEXT.log.forever", "1", {
            timeout: 2_000,
            noMux: true
          })
          assert.deepStrictEqual([message.subject, message.string()], ["log.b", "2"])
          assert.include(await request(viewer, "$JS.API.CONSUMER.INFO.log.forever"), `"name":"viewer-forever"`)
          assert.include(await request(viewer, "$JS.API.CONSUMER.DELETE.log.forever"), `"success":true`)
        })
      }).pipe(Effect.scoped)
  )

  it.live("has at most 64 consumers, and new ones once others are deleted", () =>
    Effect.gen(function* () {
      const { viewer } = yield* fixture
      yield* Effect.promise(async () => {
        const open = (name: string) => request(viewer, ...create("log", { name, inactive_threshold: 60e9 }, name))
        for (let n = 0; n < 64; n++) assert.notInclude(await open(`c${n}`), "error")
        assert.include(await open("one-more"), "64 consumers of viewers are open already")
        await request(viewer, "$JS.API.CONSUMER.DELETE.log.c0")
        assert.notInclude(await open("one-more"), "error")
      })
    }).pipe(Effect.scoped)
  )

  it.live("reads the log, rows and consumers with the APIs of a NATS client", () =>
    Effect.gen(function* () {
      const { viewer } = yield* fixture
      yield* Effect.promise(async () => {
        const manager = await jetstreamManager(viewer)
        assert.strictEqual((await manager.streams.info("log")).state.messages, 2)
        assert.lengthOf(await manager.streams.list().next(), 3)
        assert.strictEqual((await manager.consumers.info("log", "view")).name, "view")
        assert.strictEqual((await manager.streams.getMessage("log", { seq: 1 }))?.string(), "1")
        assert.strictEqual(
          (await manager.direct.getMessage("KV_rows-v1", { last_by_subj: "$KV.rows-v1.a" }))?.string(),
          "row"
        )
        const consumer = await jetstream(viewer).consumers.get("log")
        const read: Array<string> = []
        for await (const message of await consumer.fetch({ max_messages: 2, expires: 2_000 }))
          read.push(message.subject)
        assert.deepStrictEqual(read, ["log.a", "log.b"])
      })
    }).pipe(Effect.scoped)
  )

  it.live("cannot connect with a wrong password, and no message contains the right one", () =>
    Effect.gen(function* () {
      const { server } = yield* fixture
      const password = Redacted.value(server.credentials!.password)
      const error = yield* Effect.flip(
        Effect.tryPromise(() => connect({ servers: server.url, user: "app", pass: `${password}x`, reconnect: false }))
      )
      assert.include(String(error.cause), "Authorization Violation")
      assert.notInclude(JSON.stringify(server), password)
      assert.notInclude(String(server.credentials!.password), password)
    }).pipe(Effect.scoped)
  )
})
