import { assert, describe, it } from "@effect/vitest"
import type { ConsumerConfig, JetStreamManager, StreamConfig } from "@nats-io/jetstream"
import { jetstreamManager } from "@nats-io/jetstream"
import { connect, type NatsConnection as Connection } from "@nats-io/transport-node"
import { Effect, Layer, Logger } from "effect"
import { bucketOf } from "#layers/buckets/bucketNames.ts"
import { Commands } from "#layers/commands/Commands.ts"
import * as NatsConnection from "#layers/nats/connection/Nats.ts"
import * as Nats from "#layers/nats/natsServices.ts"
import { provision } from "#layers/nats/provision/provision.ts"
import { viewSubscription } from "#layers/processors/boardSubscriptions.ts"
import * as Runtime from "#layers/runBoard.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { Ids } from "#layers/services/Ids.ts"
import { KeyValue } from "#layers/services/KeyValue.ts"
import { Views } from "#layers/views/Views.ts"
import { AcquireBook, ann, BorrowBook, library, ReturnBook, shelf } from "#test/boards/libraryBoard.ts"
import { testServer } from "#test/support/testServer.ts"

const connected = (servers: string) =>
  Effect.acquireRelease(
    Effect.promise(() => connect({ servers })),
    (nats) => Effect.promise(() => nats.close())
  ).pipe(
    Effect.flatMap((nats) =>
      Effect.map(
        Effect.promise(() => jetstreamManager(nats)),
        (jsm) => ({ nats, jsm })
      )
    )
  )

const consumer = viewSubscription(library, shelf).name
const bucket = `KV_${bucketOf(shelf)}`
const mebibyte = 1024 * 1024

/** The lines that an effect logs at info and above, such as `Warn consumer …`. */
const logged = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<ReadonlyArray<string>, E> =>
  Effect.suspend(() => {
    const lines: Array<string> = []
    const logger = Logger.make<unknown, void>(({ logLevel, message }) => {
      if (logLevel !== "Debug") lines.push(`${logLevel} ${[message].flat().join(" ")}`)
    })
    return effect.pipe(Effect.provide(Logger.layer([logger])), Effect.as(lines))
  })

interface Provisioned {
  readonly nats: Connection
  readonly jsm: JetStreamManager
  readonly provision: Effect.Effect<number, { readonly message: string }>
}

const provisioned = Effect.gen(function* () {
  const { url } = yield* testServer({ syncInterval: "2m" })
  const server: Provisioned = {
    ...(yield* connected(url)),
    provision: provision(library, 1).pipe(Effect.provide(NatsConnection.layer(url)), Effect.scoped)
  }
  yield* server.provision
  return { ...server, url }
})

/** Runs the library, with new layers each time. */
const running = (url: string) => () =>
  Layer.fresh(Runtime.layer(library)).pipe(
    Layer.provideMerge(Layer.fresh(Nats.layer(library, { servers: url, replicas: 1 }))),
    Layer.provide(Ids.layer)
  )

/**
 * Edits as natscli does: sends the whole configuration with the edited fields. A single filter is its `filter_subject`.
 */
const edit = async ({ jsm, nats }: Provisioned, change: Partial<ConsumerConfig>) => {
  const { config } = await jsm.consumers.info("library", consumer)
  const { filter_subjects = [], ...rest } = config
  const edited = { ...rest, filter_subject: filter_subjects[0], ...change }
  const request = { stream_name: "library", config: edited, action: "update" }
  const answer = await nats.request(`$JS.API.CONSUMER.DURABLE.CREATE.library.${consumer}`, JSON.stringify(request))
  const { error } = answer.json<{ error?: { description: string } }>()
  if (error) throw new Error(error.description)
}

const anotherConsumer = async ({ jsm }: Provisioned, config: Partial<ConsumerConfig>) => {
  await jsm.consumers.delete("library", consumer)
  await jsm.consumers.add("library", { durable_name: consumer, ack_policy: "explicit", ...config })
}

const consumerEdits: ReadonlyArray<
  readonly [name: string, how: (server: Provisioned) => Promise<unknown>, field: string]
> = [
  [
    "its filter, narrower",
    (server) => edit(server, { filter_subject: "library.book.stock.*.book-shelved" }),
    "filter_subjects"
  ],
  ["how often it delivers", (server) => edit(server, { max_deliver: 3 }), "max_deliver"],
  ["its time to acknowledge", (server) => edit(server, { ack_wait: 1e9 }), "ack_wait"],
  ["headers only", (server) => edit(server, { headers_only: true }), "headers_only"],
  ["a backoff", (server) => edit(server, { backoff: [1e9, 2e9], max_deliver: 5 }), "backoff"],
  ["a pause", ({ jsm }) => jsm.consumers.pause("library", consumer, new Date(Date.now() + 3_600_000)), "pause_until"],
  ["it, for one that pushes", (server) => anotherConsumer(server, { deliver_subject: "somewhere" }), "deliver_subject"],
  ["it, for one with acknowledgements", (server) => anotherConsumer(server, { ack_policy: "all" }), "ack_policy"],
  [
    "it, for one in memory",
    (server) => anotherConsumer(server, { mem_storage: true, ack_policy: "none" }),
    "mem_storage"
  ]
]

describe("A consumer that was edited by hand", () => {
  it.live("keeps its description if only that was edited, as natscli does it", () =>
    Effect.gen(function* () {
      const server = yield* provisioned
      yield* Effect.promise(() => edit(server, { description: "mine" }))
      const lines = yield* logged(server.provision)
      assert.deepStrictEqual(
        lines.filter((line) => line.includes(consumer)),
        []
      )
      const { config } = yield* Effect.promise(() => server.jsm.consumers.info("library", consumer))
      assert.strictEqual(config.description, "mine")
    }).pipe(Effect.scoped)
  )

  it.live.each(consumerEdits)("is corrected at the next start, and that is logged: %s", ([, how, field]) =>
    Effect.gen(function* () {
      const server = yield* provisioned
      const readConfig = Effect.promise(() => server.jsm.consumers.info("library", consumer))
      const { config: before } = yield* readConfig
      yield* Effect.promise(() => how(server))
      const lines = yield* logged(server.provision)
      const line = lines.find((line) => line.includes(`consumer ${consumer}`))
      assert.include(line ?? "", field)
      const {
        config: { pause_until: _, ...config },
        paused
      } = yield* readConfig
      assert.isNotTrue(paused)
      assert.deepStrictEqual({ ...config, metadata: {} }, { ...before, metadata: {} })
      assert.deepStrictEqual(yield* logged(server.provision), [])
    }).pipe(Effect.scoped)
  )

  it.live("resumes at its checkpoint if it is recreated", () =>
    Effect.gen(function* () {
      const server = yield* provisioned
      const answered = Effect.gen(function* () {
        const { execute } = yield* Commands
        const views = yield* Views
        const book = { id: "moby" }
        yield* execute(AcquireBook, { book, title: "" }, { actor: "Librarian" })
        const { seq } = yield* execute(BorrowBook, { book, reader: ann }, { actor: "Member" })
        yield* execute(ReturnBook, { book, reader: ann }, { actor: "Member" })
        return yield* views.get(shelf, { book }, seq)
      })
      const app = running(server.url)
      assert.strictEqual((yield* answered.pipe(Effect.provide(app()), Effect.scoped)).loans, 1)
      yield* Effect.promise(() => anotherConsumer(server, { deliver_subject: "somewhere" }))
      assert.strictEqual((yield* answered.pipe(Effect.provide(app()), Effect.scoped)).loans, 2)
      const { ack_floor } = yield* Effect.promise(() => server.jsm.consumers.info("library", consumer))
      assert.isAbove(ack_floor.stream_seq, 4)
    }).pipe(Effect.scoped)
  )

  it.live("delivers to its view what another filter left out", () =>
    Effect.gen(function* () {
      const server = yield* provisioned
      const app = running(server.url)
      const book = { id: "moby" }
      yield* Effect.promise(() => edit(server, { filter_subject: "library.book.stock.*.book-acquired" }))
      // The app checks its consumers at its start only, and is running when they are edited.
      yield* Effect.gen(function* () {
        const { execute } = yield* Commands
        const views = yield* Views
        yield* execute(AcquireBook, { book, title: "" }, { actor: "Librarian" })
        const { seq } = yield* execute(BorrowBook, { book, reader: ann }, { actor: "Member" })
        yield* Effect.promise(() => edit(server, { filter_subject: "library.book.stock.*.book-acquired" }))
        const { seq: last } = yield* execute(AcquireBook, { book: { id: "ahab" }, title: "" }, { actor: "Librarian" })
        yield* views.get(shelf, { book: { id: "ahab" } }, last)
        assert.isAbove(last, seq)
      }).pipe(Effect.provide(app()), Effect.scoped)
      yield* Effect.gen(function* () {
        const { lastPosition } = yield* EventLog
        const views = yield* Views
        const row = yield* views.get(shelf, { book }, yield* lastPosition())
        assert.deepInclude(row, { where: "ann", loans: 1 })
      }).pipe(Effect.provide(app()), Effect.scoped)
    }).pipe(Effect.scoped)
  )
})

const update =
  (name: string, config: Partial<StreamConfig>) =>
  ({ jsm }: Provisioned) =>
    jsm.streams.update(name, config as never)
const recreate =
  (name: string, config: Partial<StreamConfig>) =>
  async ({ jsm }: Provisioned) => {
    await jsm.streams.delete(name)
    await jsm.streams.add({ ...config, name } as never)
  }

type StreamEdit = readonly [
  name: string,
  stream: string,
  how: (server: Provisioned) => Promise<unknown>,
  is: Partial<StreamConfig>
]

const keptEdits: ReadonlyArray<StreamEdit> = [
  ["more bytes", "library", update("library", { max_bytes: 128 * mebibyte }), { max_bytes: 128 * mebibyte }],
  ["any number of bytes", "library-stock", update("library-stock", { max_bytes: -1 }), { max_bytes: -1 }],
  ["larger messages", "library", update("library", { max_msg_size: mebibyte }), { max_msg_size: mebibyte }],
  ["a longer time", "audit", update("audit", { max_age: 40 * 86_400e9 }), { max_age: 40 * 86_400e9 }],
  ["forever", "library-lending", update("library-lending", { max_age: 0 }), { max_age: 0 }],
  ["a longer duplicate window", "library", update("library", { duplicate_window: 600e9 }), { duplicate_window: 600e9 }],
  ["a description", "library", update("library", { description: "ours" }), { description: "ours" }],
  ["compression", "library-stock", update("library-stock", { compression: "s2" }), { compression: "s2" }],
  ["a bucket's bytes", bucket, update(bucket, { max_bytes: 4096 * mebibyte }), { max_bytes: 4096 * mebibyte }],
  ["a bucket's history", bucket, update(bucket, { max_msgs_per_subject: 5 }), { max_msgs_per_subject: 5 }]
]

const correctedEdits: ReadonlyArray<StreamEdit> = [
  ["fewer bytes", "library", update("library", { max_bytes: mebibyte }), { max_bytes: 64 * mebibyte }],
  ["a log that expires", "library", update("library", { max_age: 86_400e9 }), { max_age: 0 }],
  ["old messages discarded first", "library", update("library", { discard: "old" }), { discard: "new" }],
  ["a number of messages", "library", update("library", { max_msgs: 10 }), { max_msgs: -1 }],
  [
    "a number of messages per subject",
    "library",
    update("library", { max_msgs_per_subject: 1 }),
    { max_msgs_per_subject: -1 }
  ],
  ["no direct reads", "library", update("library", { allow_direct: false }), { allow_direct: true }],
  ["no acknowledgements", "library-stock", update("library-stock", { no_ack: true }), { no_ack: false }],
  ["other subjects", "audit-refused", update("audit-refused", { subjects: ["audit.refused.>"] }), {}],
  ["consumers' limits", "library", update("library", { consumer_limits: { inactive_threshold: 60e9 } as never }), {}],
  ["rows that expire", bucket, update(bucket, { max_age: 180e9 }), { max_age: 0 }],
  ["a bucket without rollups", bucket, update(bucket, { allow_rollup_hdrs: false }), { allow_rollup_hdrs: true }],
  [
    "a bucket in memory",
    bucket,
    recreate(bucket, { subjects: [`$KV.${bucketOf(shelf)}.>`], storage: "memory" }),
    { storage: "file" }
  ]
]

describe("A stream that was edited by hand", () => {
  it.live.each(keptEdits)(
    "keeps settings that are more generous than the board's, and logs them at info: %s",
    ([, name, how, is]) =>
      Effect.gen(function* () {
        const server = yield* provisioned
        yield* Effect.promise(() => how(server))
        const lines = yield* logged(server.provision)
        const [edited] = Object.keys(is)
        assert.isTrue(
          lines.some((line) => line.includes(`Info stream ${name} keeps`) && line.includes(edited!)),
          lines.join("\n")
        )
        const { config } = yield* Effect.promise(() => server.jsm.streams.info(name))
        assert.deepInclude({ ...config, max_age: config.max_age ?? 0 }, is)
      }).pipe(Effect.scoped)
  )

  it.live.each(correctedEdits)(
    "is corrected where it would lose something, and that is logged: %s",
    ([, name, how, is]) =>
      Effect.gen(function* () {
        const server = yield* provisioned
        const readConfig = Effect.map(
          Effect.promise(() => server.jsm.streams.info(name)),
          ({ config }) => config
        )
        const before = yield* readConfig
        yield* Effect.promise(() => how(server))
        const lines = yield* logged(server.provision)
        assert.isTrue(
          lines.some((line) => line.startsWith(`Warn stream ${name} `)),
          lines.join("\n")
        )
        const after = yield* readConfig
        assert.deepInclude({ ...after, max_age: after.max_age ?? 0, no_ack: after.no_ack ?? false }, is)
        assert.deepStrictEqual(after.subjects, before.subjects)
        assert.deepStrictEqual(yield* logged(server.provision), [])
      }).pipe(Effect.scoped)
  )

  it.live("is not recreated if its contents are nowhere else", () =>
    Effect.gen(function* () {
      const server = yield* provisioned
      for (const name of ["library", "library-stock", "KV_parked"]) {
        const { config } = yield* Effect.promise(() => server.jsm.streams.info(name))
        yield* Effect.promise(() => recreate(name, { ...config, storage: "memory" })(server))
        const { message } = yield* Effect.flip(server.provision)
        assert.match(
          message,
          new RegExp(`^stream ${name} exists with another configuration[^]*storage: is "memory"`, "u")
        )
        yield* Effect.promise(() => server.jsm.streams.delete(name))
        yield* server.provision
      }
    }).pipe(Effect.scoped)
  )
})

it.live("the error of a full bucket explains how to raise its limit", () =>
  Effect.gen(function* () {
    const { jsm, url } = yield* provisioned
    const full = Effect.gen(function* () {
      const rows = (yield* KeyValue).bucket(bucketOf(shelf))
      yield* Effect.promise(() => jsm.streams.update(bucket, { max_bytes: 2_000 } as never))
      return yield* Effect.flip(rows.put("x", "y".repeat(3_000), 0))
    }).pipe(Effect.provide(Nats.layer(library, { servers: url, replicas: 1 })))
    assert.include(
      (yield* full).message,
      `it is full (maximum bytes exceeded); raise its limit: nats stream edit ${bucket}`
    )
  }).pipe(Effect.scoped)
)
