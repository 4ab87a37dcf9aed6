import { assert, describe, it } from "@effect/vitest"
import type { ConsumerConfig, JetStreamManager, StreamConfig } from "@nats-io/jetstream"
import { jetstreamManager } from "@nats-io/jetstream"
import { connect, type NatsConnection as Connection } from "@nats-io/transport-node"
import { Effect, Layer, Logger } from "effect"
import { Commands } from "#layers/commands/Commands.ts"
import * as NatsConnection from "#layers/nats/connection/Nats.ts"
import * as Nats from "#layers/nats/natsServices.ts"
import { provision } from "#layers/nats/provision/provision.ts"
import * as Runtime from "#layers/runBoard.ts"
import { viewSubscription } from "#layers/services/boardSubscriptions.ts"
import { bucketOf } from "#layers/services/bucketNames.ts"
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

const consumer = viewSubscription(shelf).name
const bucket = `KV_${bucketOf(shelf)}`
const mebibyte = 1024 * 1024

/** What is logged at info and above, as `Warn consumer …`. */
const logged = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<ReadonlyArray<string>, E> =>
  Effect.suspend(() => {
    const lines: Array<string> = []
    const logger = Logger.make<unknown, void>(({ logLevel, message }) => {
      if (logLevel !== "Debug") lines.push(`${logLevel} ${[message].flat().join(" ")}`)
    })
    return effect.pipe(Effect.provide(Logger.layer([logger])), Effect.as(lines))
  })

interface World {
  readonly nats: Connection
  readonly jsm: JetStreamManager
  readonly set: Effect.Effect<number, { readonly message: string }>
}

const provisioned = Effect.gen(function* () {
  const { url } = yield* testServer({ syncInterval: "2m" })
  const world: World = {
    ...(yield* connected(url)),
    set: provision(library, 1).pipe(Effect.provide(NatsConnection.layer(url)), Effect.scoped)
  }
  yield* world.set
  return { ...world, url }
})

/** The library at work, anew each time. */
const running = (url: string) => () =>
  Layer.fresh(Runtime.layer(library)).pipe(
    Layer.provideMerge(Layer.fresh(Nats.layer(library, { servers: url, replicas: 1 }))),
    Layer.provide(Ids.layer)
  )

/** As natscli does it: the whole configuration, with what is edited. A single filter is its `filter_subject`. */
const edit = async ({ jsm, nats }: World, change: Partial<ConsumerConfig>) => {
  const { config } = await jsm.consumers.info("library", consumer)
  const { filter_subjects = [], ...rest } = config
  const edited = { ...rest, filter_subject: filter_subjects[0], ...change }
  const request = { stream_name: "library", config: edited, action: "update" }
  const answer = await nats.request(`$JS.API.CONSUMER.DURABLE.CREATE.library.${consumer}`, JSON.stringify(request))
  const { error } = answer.json<{ error?: { description: string } }>()
  if (error) throw new Error(error.description)
}

const anotherConsumer = async ({ jsm }: World, config: Partial<ConsumerConfig>) => {
  await jsm.consumers.delete("library", consumer)
  await jsm.consumers.add("library", { durable_name: consumer, ack_policy: "explicit", ...config })
}

const consumerEdits: ReadonlyArray<readonly [name: string, how: (world: World) => Promise<unknown>, says: string]> = [
  [
    "its filter, narrower",
    (world) => edit(world, { filter_subject: "library.book.stock.*.book-shelved" }),
    "filter_subjects"
  ],
  ["how often it delivers", (world) => edit(world, { max_deliver: 3 }), "max_deliver"],
  ["its time to acknowledge", (world) => edit(world, { ack_wait: 1e9 }), "ack_wait"],
  ["headers only", (world) => edit(world, { headers_only: true }), "headers_only"],
  ["a backoff", (world) => edit(world, { backoff: [1e9, 2e9], max_deliver: 5 }), "backoff"],
  ["a pause", ({ jsm }) => jsm.consumers.pause("library", consumer, new Date(Date.now() + 3_600_000)), "pause_until"],
  ["it, for one that pushes", (world) => anotherConsumer(world, { deliver_subject: "somewhere" }), "deliver_subject"],
  ["it, for one with acknowledgements", (world) => anotherConsumer(world, { ack_policy: "all" }), "ack_policy"],
  ["it, for one in memory", (world) => anotherConsumer(world, { mem_storage: true, ack_policy: "none" }), "mem_storage"]
]

describe("A consumer that somebody has changed", () => {
  it.live("only its description, as natscli does it, is left alone", () =>
    Effect.gen(function* () {
      const world = yield* provisioned
      yield* Effect.promise(() => edit(world, { description: "mine" }))
      const lines = yield* logged(world.set)
      assert.deepStrictEqual(
        lines.filter((line) => line.includes(consumer)),
        []
      )
      const { config } = yield* Effect.promise(() => world.jsm.consumers.info("library", consumer))
      assert.strictEqual(config.description, "mine")
    }).pipe(Effect.scoped)
  )

  it.live.each(consumerEdits)("is as the board needs it at the next start, and that is reported: %s", ([, how, says]) =>
    Effect.gen(function* () {
      const world = yield* provisioned
      const look = Effect.promise(() => world.jsm.consumers.info("library", consumer))
      const { config: before } = yield* look
      yield* Effect.promise(() => how(world))
      const lines = yield* logged(world.set)
      const line = lines.find((line) => line.includes(`consumer ${consumer}`))
      assert.include(line ?? "", says)
      const {
        config: { pause_until: _, ...config },
        paused
      } = yield* look
      assert.isNotTrue(paused)
      assert.deepStrictEqual({ ...config, metadata: {} }, { ...before, metadata: {} })
      assert.deepStrictEqual(yield* logged(world.set), [])
    }).pipe(Effect.scoped)
  )

  it.live("that is made again goes on from its checkpoint", () =>
    Effect.gen(function* () {
      const world = yield* provisioned
      const answered = Effect.gen(function* () {
        const { execute } = yield* Commands
        const views = yield* Views
        const book = { id: "moby" }
        yield* execute(AcquireBook, { book, title: "" }, { actor: "Librarian" })
        const { seq } = yield* execute(BorrowBook, { book, reader: ann }, { actor: "Member" })
        yield* execute(ReturnBook, { book, reader: ann }, { actor: "Member" })
        return yield* views.get(shelf, { book }, seq)
      })
      const app = running(world.url)
      assert.strictEqual((yield* answered.pipe(Effect.provide(app()), Effect.scoped)).loans, 1)
      yield* Effect.promise(() => anotherConsumer(world, { deliver_subject: "somewhere" }))
      assert.strictEqual((yield* answered.pipe(Effect.provide(app()), Effect.scoped)).loans, 2)
      const { ack_floor } = yield* Effect.promise(() => world.jsm.consumers.info("library", consumer))
      assert.isAbove(ack_floor.stream_seq, 4)
    }).pipe(Effect.scoped)
  )

  it.live("hands its view what another filter left out", () =>
    Effect.gen(function* () {
      const world = yield* provisioned
      const app = running(world.url)
      const book = { id: "moby" }
      yield* Effect.promise(() => edit(world, { filter_subject: "library.book.stock.*.book-acquired" }))
      // An app that does not look at its consumers: the one that runs when somebody edits them.
      yield* Effect.gen(function* () {
        const { execute } = yield* Commands
        const views = yield* Views
        yield* execute(AcquireBook, { book, title: "" }, { actor: "Librarian" })
        const { seq } = yield* execute(BorrowBook, { book, reader: ann }, { actor: "Member" })
        yield* Effect.promise(() => edit(world, { filter_subject: "library.book.stock.*.book-acquired" }))
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
  ({ jsm }: World) =>
    jsm.streams.update(name, config as never)
const again =
  (name: string, config: Partial<StreamConfig>) =>
  async ({ jsm }: World) => {
    await jsm.streams.delete(name)
    await jsm.streams.add({ ...config, name } as never)
  }

type StreamEdit = readonly [
  name: string,
  stream: string,
  how: (world: World) => Promise<unknown>,
  is: Partial<StreamConfig>
]

const kept: ReadonlyArray<StreamEdit> = [
  ["more bytes", "library", update("library", { max_bytes: 128 * mebibyte }), { max_bytes: 128 * mebibyte }],
  ["any number of bytes", "library-stock", update("library-stock", { max_bytes: -1 }), { max_bytes: -1 }],
  ["larger messages", "library", update("library", { max_msg_size: mebibyte }), { max_msg_size: mebibyte }],
  ["a longer time", "audit", update("audit", { max_age: 40 * 86_400e9 }), { max_age: 40 * 86_400e9 }],
  ["for ever", "library-lending", update("library-lending", { max_age: 0 }), { max_age: 0 }],
  ["a longer duplicate window", "library", update("library", { duplicate_window: 600e9 }), { duplicate_window: 600e9 }],
  ["a description", "library", update("library", { description: "ours" }), { description: "ours" }],
  ["compression", "library-stock", update("library-stock", { compression: "s2" }), { compression: "s2" }],
  ["a bucket's bytes", bucket, update(bucket, { max_bytes: 4096 * mebibyte }), { max_bytes: 4096 * mebibyte }],
  ["a bucket's history", bucket, update(bucket, { max_msgs_per_subject: 5 }), { max_msgs_per_subject: 5 }]
]

const corrected: ReadonlyArray<StreamEdit> = [
  ["fewer bytes", "library", update("library", { max_bytes: mebibyte }), { max_bytes: 64 * mebibyte }],
  ["a log that forgets", "library", update("library", { max_age: 86_400e9 }), { max_age: 0 }],
  ["what is old goes first", "library", update("library", { discard: "old" }), { discard: "new" }],
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
    again(bucket, { subjects: [`$KV.${bucketOf(shelf)}.>`], storage: "memory" }),
    { storage: "file" }
  ]
]

describe("A stream that somebody has changed", () => {
  it.live.each(kept)("keeps what is more than the board declares, and says so at info: %s", ([, name, how, is]) =>
    Effect.gen(function* () {
      const world = yield* provisioned
      yield* Effect.promise(() => how(world))
      const lines = yield* logged(world.set)
      const [field] = Object.keys(is)
      assert.isTrue(
        lines.some((line) => line.includes(`Info stream ${name} keeps`) && line.includes(field!)),
        lines.join("\n")
      )
      const { config } = yield* Effect.promise(() => world.jsm.streams.info(name))
      assert.deepInclude({ ...config, max_age: config.max_age ?? 0 }, is)
    }).pipe(Effect.scoped)
  )

  it.live.each(corrected)("is corrected where it would lose something, and says so: %s", ([, name, how, is]) =>
    Effect.gen(function* () {
      const world = yield* provisioned
      const look = Effect.map(
        Effect.promise(() => world.jsm.streams.info(name)),
        ({ config }) => config
      )
      const before = yield* look
      yield* Effect.promise(() => how(world))
      const lines = yield* logged(world.set)
      assert.isTrue(
        lines.some((line) => line.startsWith(`Warn stream ${name} `)),
        lines.join("\n")
      )
      const after = yield* look
      assert.deepInclude({ ...after, max_age: after.max_age ?? 0, no_ack: after.no_ack ?? false }, is)
      assert.deepStrictEqual(after.subjects, before.subjects)
      assert.deepStrictEqual(yield* logged(world.set), [])
    }).pipe(Effect.scoped)
  )

  it.live("that holds what is nowhere else is not made again", () =>
    Effect.gen(function* () {
      const world = yield* provisioned
      for (const name of ["library", "library-stock", "KV_parked"]) {
        const { config } = yield* Effect.promise(() => world.jsm.streams.info(name))
        yield* Effect.promise(() => again(name, { ...config, storage: "memory" })(world))
        const { message } = yield* Effect.flip(world.set)
        assert.match(
          message,
          new RegExp(`^stream ${name} exists with another configuration[^]*storage: is "memory"`, "u")
        )
        yield* Effect.promise(() => world.jsm.streams.delete(name))
        yield* world.set
      }
    }).pipe(Effect.scoped)
  )
})

it.live("a full bucket says how to raise its limit", () =>
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
