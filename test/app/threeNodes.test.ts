import { assert, layer } from "@effect/vitest"
import { type ClusterInfo, jetstreamManager } from "@nats-io/jetstream"
import { connect } from "@nats-io/transport-node"
import { Context, Effect, Fiber, Layer, Option, Predicate, Schedule } from "effect"
import { Board } from "#domain/model/index.ts"
import { bucketOf } from "#layers/buckets/bucketNames.ts"
import * as Execute from "#layers/commands/commandHandler.ts"
import { Commands } from "#layers/commands/Commands.ts"
import * as Nats from "#layers/nats/natsServices.ts"
import { streamSpecs } from "#layers/nats/provision/streamSpecs.ts"
import { subscriptions } from "#layers/processors/boardSubscriptions.ts"
import { EventLog, emptyStream } from "#layers/services/EventLog.ts"
import { Ids } from "#layers/services/Ids.ts"
import { KeyValue } from "#layers/services/KeyValue.ts"
import { AcquireBook, ann, BookBorrowed, BookReturned, library } from "#test/boards/libraryBoard.ts"
import { appendTo } from "#test/support/appendTo.ts"
import { TestCluster, withoutStore } from "#test/support/cluster.ts"
import { freshBook, testMetadata, streamIdOf, toPlainEvent } from "#test/support/libraryFixtures.ts"

const manager = (servers: string) =>
  Effect.acquireRelease(
    Effect.promise(() => connect({ servers: servers.split(",") })),
    (nats) => Effect.promise(() => nats.close())
  ).pipe(Effect.flatMap((nats) => Effect.promise(() => jetstreamManager(nats))))

/** Waits until JetStream does not answer, since it has no leader. */
const leaderless = (servers: string) =>
  Effect.acquireRelease(
    Effect.promise(() => connect({ servers })),
    (nats) => Effect.promise(() => nats.close())
  ).pipe(
    Effect.flatMap((nats) => Effect.forever(Effect.tryPromise(() => jetstreamManager(nats)))),
    Effect.ignore,
    Effect.scoped
  )

const services = (board: Board.Any, servers: string) =>
  Layer.build(Layer.fresh(Nats.layer(board, { servers, replicas: 3 })))

const peersOf = ({ leader, replicas = [] }: ClusterInfo = {}) => [leader, ...replicas.map(({ name }) => name)].sort()

const all = ["nats-1", "nats-2", "nats-3"]
const maxMillis = 15_000

layer(TestCluster.layer, { excludeTestServices: true, timeout: "60 seconds" })("Three nodes", (it) => {
  it.effect("have three replicas of each stream, bucket and consumer", () =>
    Effect.gen(function* () {
      const { urls } = yield* TestCluster
      yield* services(library, urls)
      const jsm = yield* manager(urls)
      const streams = yield* Effect.promise(() => jsm.streams.list().next())
      assert.sameMembers(
        streams.map(({ config }) => config.name),
        streamSpecs(library, 3).map(({ name }) => name)
      )
      const consumers = yield* Effect.promise(() => jsm.consumers.list(library.name).next())
      const { automations, views } = subscriptions(library)
      assert.sameMembers(
        consumers.map(({ name }) => name),
        [...views, ...automations].map(({ subscription }) => subscription.name)
      )
      for (const { cluster, config } of streams) {
        assert.strictEqual(config.num_replicas, 3, config.name)
        assert.deepStrictEqual(peersOf(cluster), all, config.name)
      }
      for (const { cluster, config, name } of consumers) {
        assert.strictEqual(config.num_replicas, 3, name)
        assert.deepStrictEqual(peersOf(cluster), all, name)
      }
    })
  )

  it.effect(
    "return acknowledged writes at once, from any node, also one without a store",
    () =>
      Effect.gen(function* () {
        const cluster = yield* TestCluster
        for (const { name, url } of [...cluster.nodes, yield* withoutStore(cluster)]) {
          const context = yield* services(library, url)
          const log = Context.get(context, EventLog)
          const bucket = Context.get(context, KeyValue).bucket(bucketOf(Board.views(library)[0]!))
          const once = Effect.fnUntraced(function* () {
            const book = freshBook()
            const loan = [new BookBorrowed({ book, reader: ann }), new BookReturned({ book, reader: ann })]
            const first = yield* appendTo(log, streamIdOf(book), emptyStream, loan, testMetadata(`a-${book.id}`))
            const past = yield* log.read(streamIdOf(book))
            assert.deepStrictEqual(past.events.map(toPlainEvent), first.map(toPlainEvent))
            const second = yield* appendTo(log, streamIdOf(book), past, loan, testMetadata(`b-${book.id}`))
            assert.deepStrictEqual(
              (yield* log.read(streamIdOf(book))).events.map(toPlainEvent),
              [...first, ...second].map(toPlainEvent)
            )
            const { position } = second[1]!
            assert.isAtLeast(yield* log.lastPosition(["BookReturned"]), position)
            const between = yield* log.readRange(["BookBorrowed", "BookReturned"], first[0]!.position - 1, position)
            assert.deepStrictEqual(
              between.filter(({ streamId }) => streamId === first[0]!.streamId).map(toPlainEvent),
              [...first, ...second].map(toPlainEvent)
            )
            const revision = yield* bucket.put(book.id, name, 0)
            assert.deepStrictEqual(yield* bucket.get(book.id), Option.some({ value: name, revision }))
          })
          yield* Effect.forEach(Array.from({ length: 120 }), once, { concurrency: 16, discard: true })
        }
      }),
    60_000
  )

  it.effect(
    "continue when the log's leader is killed: each command is executed once, within 15 s",
    () =>
      Effect.gen(function* () {
        const { healthy, nodes, urls } = yield* TestCluster
        const context = yield* services(library, urls)
        const { execute } = yield* Effect.map(
          Layer.build(Execute.layer(library)).pipe(Effect.provide(context), Effect.provide(Ids.layer)),
          (built) => Context.get(built, Commands)
        )
        const log = Context.get(context, EventLog)
        /** Retries like a client, with the same id until there is an answer. */
        const acquire = Effect.fnUntraced(function* () {
          const book = freshBook()
          const commandContext = { actor: "Librarian", commandId: `acquire-${book.id}` }
          const begin = performance.now()
          const receipt = yield* execute(AcquireBook, { book, title: "" }, commandContext).pipe(
            Effect.retry({ while: Predicate.isTagged("LogUnavailable") })
          )
          return { book, receipt, millis: performance.now() - begin }
        })
        const before = yield* acquire()
        const jsm = yield* manager(urls)
        const { cluster } = yield* Effect.promise(() => jsm.streams.info(library.name))
        const leader = nodes.find(({ name }) => name === cluster!.leader)!
        yield* leader.kill()
        const during = yield* Effect.forEach(Array.from({ length: 64 }), acquire, { concurrency: 32 })
        assert.isBelow(Math.max(...during.map(({ millis }) => millis)), maxMillis)
        yield* leader.start
        yield* healthy
        for (const { book, receipt } of [before, ...during]) {
          const { events } = yield* log.read(streamIdOf(book))
          assert.deepStrictEqual(
            events.map(({ id, position }) => ({ id, position })),
            receipt.facts.map(({ id, position }) => ({ id, position }))
          )
        }
      }),
    60_000
  )

  it.effect(
    "an app that starts while they have no leader waits for one",
    () =>
      Effect.gen(function* () {
        const { nodes } = yield* TestCluster
        const [one, ...others] = nodes
        for (const node of others) yield* node.kill()
        yield* leaderless(one.url)
        const starting = yield* Effect.forkChild(services(library, one.url))
        yield* leaderless(one.url)
        for (const node of others) yield* node.start
        const log = Context.get(yield* Fiber.join(starting), EventLog)
        // The election of the log's leader may end after that of the cluster.
        assert.isAtLeast(yield* log.lastPosition().pipe(Effect.retry(Schedule.spaced("50 millis"))), 0)
      }),
    60_000
  )
})
