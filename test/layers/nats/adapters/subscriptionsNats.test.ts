import { assert, it, layer } from "@effect/vitest"
import type { JetStreamManager } from "@nats-io/jetstream"
import { connect, createInbox, nanos } from "@nats-io/transport-node"
import { Context, Deferred, Effect, Latch, Layer, Queue, Schedule } from "effect"
import * as SubscriptionsNats from "#layers/nats/adapters/SubscriptionsNats.ts"
import * as NatsLayers from "#layers/nats/natsServices.ts"
import { subscriptions } from "#layers/processors/boardSubscriptions.ts"
import { EventLog, isUndecodable, type LogEntry, emptyStream } from "#layers/services/EventLog.ts"
import { Integrity } from "#layers/services/Integrity.ts"
import { Subscriptions } from "#layers/services/Subscriptions.ts"
import { BookAcquired, BookReturned, library } from "#test/boards/libraryBoard.ts"
import { appendTo } from "#test/support/appendTo.ts"
import { freshBook, testMetadata, streamIdOf } from "#test/support/libraryFixtures.ts"
import { managerAt } from "#test/support/streamDump.ts"
import { testServer, TestServer } from "#test/support/testServer.ts"

const services = Layer.unwrap(
  Effect.map(TestServer, ({ url }) => NatsLayers.layer(library, { servers: url, replicas: 1 }))
).pipe(Layer.provideMerge(TestServer.layerFast))

const { subscription } = subscriptions(library).automations[0]!

/** Appends so many events of the subscription, and returns their positions. */
const append = Effect.fnUntraced(function* (events: number) {
  const log = yield* EventLog
  const one = Effect.suspend(() => {
    const book = freshBook()
    const both = [new BookAcquired({ book, title: "" }), new BookReturned({ book, reader: book })]
    return Effect.map(
      appendTo(log, streamIdOf(book), emptyStream, both, testMetadata(`c-${book.id}`)),
      (recorded) => recorded[1]!.position
    )
  })
  const positions = yield* Effect.replicateEffect(one, events, { concurrency: 64 })
  return positions.sort((a, b) => a - b)
})

/** A processor whose events can be held back: a batch is unfinished while the latch is closed. */
const follow = Effect.fnUntraced(function* (consumers?: Subscriptions["Service"]) {
  const { run } = consumers ?? (yield* Subscriptions)
  const queue = yield* Queue.unbounded<number>()
  const finishes = yield* Latch.make(true)
  const positionOf = (read: LogEntry) => (isUndecodable(read) ? assert.fail(read.message) : read.position)
  yield* Effect.forkScoped(
    run(subscription, (batch) => Effect.andThen(Queue.offerAll(queue, batch.map(positionOf)), finishes.await))
  )
  return { next: (n: number) => Queue.takeN(queue, n), queued: Queue.size(queue), finishes }
})

/** Waits until the lag is 0. Fails after 4 s. */
const lagIs0 = Effect.gen(function* () {
  const { lag } = yield* Subscriptions
  yield* Effect.repeat(lag(subscription), { until: (events) => events === 0, schedule: Schedule.spaced("20 millis") })
}).pipe(Effect.timeout("4 seconds"))

const manage = Effect.flatMap(TestServer, ({ url }) => managerAt(url))

const infoOf = (manager: JetStreamManager) =>
  Effect.promise(() => manager.consumers.info(library.name, subscription.name))

/** Waits until the server has delivered so many events. */
const delivered = (manager: JetStreamManager, count: number) =>
  Effect.repeat(infoOf(manager), {
    until: ({ delivered }) => delivered.consumer_seq === count,
    schedule: Schedule.spaced("5 millis")
  })

const connectedTo = (servers: string) => Effect.promise(() => connect({ servers }))

layer(services, { excludeTestServices: true, timeout: "60 seconds" })("A consumer on nats-server", (it) => {
  it.effect(
    "has no lag once everything was processed, even if it was reset while its deliveries were in progress",
    () =>
      Effect.gen(function* () {
        const manager = yield* manage
        const { finishes, next } = yield* follow()
        const first = yield* append(20)
        assert.deepStrictEqual(yield* next(20), first)
        yield* lagIs0

        yield* finishes.close
        const second = yield* append(8)
        yield* delivered(manager, 28)
        // As a process does that takes over: the server delivers them again, and counts from 1.
        yield* Effect.promise(() => manager.consumers.reset(library.name, subscription.name, second[0]!))
        yield* delivered(manager, 8)
        yield* finishes.open
        assert.deepStrictEqual(yield* next(8), second)
        yield* lagIs0

        const third = yield* append(3)
        assert.deepStrictEqual(yield* next(3), third)
        yield* lagIs0
      }).pipe(Effect.scoped)
  )

  it.effect("delivers nothing while the log is damaged or not compared, and everything afterwards", () =>
    Effect.gen(function* () {
      const held = yield* Deferred.make<void>()
      const verified = yield* Latch.make(false)
      const integrity = {
        ...(yield* Integrity),
        awaitVerified: Effect.andThen(Deferred.succeed(held, undefined), verified.await)
      }
      const context = yield* Layer.build(SubscriptionsNats.layer(library, 1)).pipe(
        Effect.provideService(Integrity, integrity)
      )
      const { queued, next } = yield* follow(Context.get(context, Subscriptions))
      const events = yield* append(3)
      yield* Deferred.await(held)
      assert.strictEqual(yield* queued, 0)
      yield* verified.open
      assert.deepStrictEqual(yield* next(3), events)
      yield* lagIs0
    }).pipe(Effect.scoped)
  )

  it.effect("redelivers the unfinished events of a process that is gone, even without new events", () =>
    Effect.gen(function* () {
      const manager = yield* manage
      const events = yield* append(5)
      // A process that is pinned, receives all of it, and then does nothing.
      const gone = yield* Effect.flatMap(TestServer, ({ url }) => connectedTo(url))
      const inbox = createInbox()
      gone.subscribe(inbox)
      const before = (yield* infoOf(manager)).delivered.consumer_seq
      const request = { batch: 5, expires: nanos(3_000), group: "active" }
      gone.publish(`$JS.API.CONSUMER.MSG.NEXT.${library.name}.${subscription.name}`, JSON.stringify(request), {
        reply: inbox
      })
      yield* delivered(manager, before + 5)
      yield* Effect.promise(() => gone.close())

      const { next } = yield* follow()
      assert.deepStrictEqual(yield* Effect.timeout(next(5), "10 seconds"), events)
      yield* lagIs0
    }).pipe(Effect.scoped)
  )

  it.effect("that is far behind its checkpoint delivers nothing that was processed", () =>
    Effect.gen(function* () {
      const manager = yield* manage
      const { lastPosition } = yield* EventLog
      yield* append(600)
      const processed = yield* lastPosition()
      const { run } = yield* Subscriptions
      yield* Effect.forkScoped(
        run(subscription, () => Effect.die("a processed event was delivered"), Effect.succeed(processed))
      )
      const { delivered } = yield* Effect.repeat(infoOf(manager), {
        until: ({ delivered }) => delivered.stream_seq >= processed,
        schedule: Schedule.spaced("5 millis")
      })
      assert.strictEqual(delivered.consumer_seq, 0)
    }).pipe(Effect.scoped)
  )
})

it.live("A consumer of an earlier version is replaced at the start, and continues at its checkpoint", () =>
  Effect.gen(function* () {
    const { url } = yield* testServer({ syncInterval: "2m" })
    const manager = yield* managerAt(url)
    const boardServices = NatsLayers.layer(library, { servers: url, replicas: 1 })
    yield* Effect.gen(function* () {
      const { next } = yield* follow()
      const events = yield* append(4)
      assert.deepStrictEqual(yield* next(4), events)
      yield* lagIs0
    }).pipe(Effect.scoped, Effect.provide(boardServices, { local: true }))

    yield* Effect.promise(async () => {
      const { config } = await manager.consumers.info(library.name, subscription.name)
      await manager.consumers.delete(library.name, subscription.name)
      await manager.consumers.add(library.name, {
        durable_name: subscription.name,
        filter_subjects: config.filter_subjects ?? [],
        deliver_policy: "all",
        ack_policy: "all",
        ack_wait: nanos(5_000),
        max_deliver: -1,
        max_ack_pending: 20_000,
        priority_policy: "pinned_client",
        priority_groups: ["active"],
        priority_timeout: nanos(3_000)
      })
    })

    yield* Effect.gen(function* () {
      assert.strictEqual((yield* infoOf(manager)).config.ack_policy, "none")
      const { next } = yield* follow()
      const events = yield* append(2)
      assert.deepStrictEqual(yield* next(2), events)
      yield* lagIs0
    }).pipe(Effect.scoped, Effect.provide(boardServices, { local: true }))
  }).pipe(Effect.scoped)
)
