import { assert, it, layer } from "@effect/vitest"
import type { JetStreamManager } from "@nats-io/jetstream"
import { connect, createInbox, nanos } from "@nats-io/transport-node"
import { Context, Deferred, Effect, Latch, Layer, Queue, Schedule } from "effect"
import * as ConsumersNats from "#layers/nats/adapters/SubscriptionsNats.ts"
import * as NatsLayers from "#layers/nats/natsServices.ts"
import { subscriptions } from "#layers/services/boardSubscriptions.ts"
import { EventLog, isUndecodable, type LogEntry, emptyStream } from "#layers/services/EventLog.ts"
import { Integrity } from "#layers/services/Integrity.ts"
import { Consumers } from "#layers/services/Subscriptions.ts"
import { BookAcquired, BookReturned, library } from "#test/boards/libraryBoard.ts"
import { freshBook, testMetadata, streamIdOf } from "#test/support/libraryFixtures.ts"
import { managerAt } from "#test/support/streamDump.ts"
import { testServer, TestServer } from "#test/support/testServer.ts"

const services = Layer.unwrap(
  Effect.map(TestServer, ({ url }) => NatsLayers.layer(library, { servers: url, replicas: 1 }))
).pipe(Layer.provideMerge(TestServer.layerFast))

const { subscription } = subscriptions(library).automations[0]!

/** The positions of so many new events that the subscription takes. */
const append = Effect.fnUntraced(function* (events: number) {
  const log = yield* EventLog
  const one = Effect.suspend(() => {
    const book = freshBook()
    const both = [new BookAcquired({ book, title: "" }), new BookReturned({ book, reader: book })]
    return Effect.map(
      log.append(streamIdOf(book), emptyStream, both, testMetadata(`c-${book.id}`)),
      (recorded) => recorded[1]!.position
    )
  })
  const positions = yield* Effect.replicateEffect(one, events, { concurrency: 64 })
  return positions.sort((a, b) => a - b)
})

/** A follower whose events can be held back: what it was handed is not finished while the latch is closed. */
const follow = Effect.fnUntraced(function* (consumers?: Consumers["Service"]) {
  const { run } = consumers ?? (yield* Consumers)
  const queue = yield* Queue.unbounded<number>()
  const finishes = yield* Latch.make(true)
  const positionOf = (read: LogEntry) => (isUndecodable(read) ? assert.fail(read.message) : read.position)
  yield* Effect.forkScoped(
    run(subscription, (batch) => Effect.andThen(Queue.offerAll(queue, batch.map(positionOf)), finishes.await))
  )
  return { take: (n: number) => Queue.takeN(queue, n), taken: Queue.size(queue), finishes }
})

/** Waits until the lag is 0. Fails after 4 s. */
const lagIs0 = Effect.gen(function* () {
  const { lag } = yield* Consumers
  yield* Effect.repeat(lag(subscription), { until: (behind) => behind === 0, schedule: Schedule.spaced("20 millis") })
}).pipe(Effect.timeout("4 seconds"))

const manage = Effect.flatMap(TestServer, ({ url }) => managerAt(url))

const infoOf = (manager: JetStreamManager) =>
  Effect.promise(() => manager.consumers.info(library.name, subscription.name))

/** Waits until the server has delivered so many. */
const delivered = (manager: JetStreamManager, count: number) =>
  Effect.repeat(infoOf(manager), {
    until: ({ delivered }) => delivered.consumer_seq === count,
    schedule: Schedule.spaced("5 millis")
  })

const connectedTo = (servers: string) => Effect.promise(() => connect({ servers }))

layer(services, { excludeTestServices: true, timeout: "60 seconds" })("A consumer on nats-server", (it) => {
  it.effect("has no lag once everything was taken, also if it was reset while its deliveries were being finished", () =>
    Effect.gen(function* () {
      const manager = yield* manage
      const { finishes, take } = yield* follow()
      const first = yield* append(20)
      assert.deepStrictEqual(yield* take(20), first)
      yield* lagIs0

      yield* finishes.close
      const second = yield* append(8)
      yield* delivered(manager, 28)
      // As another process does that takes over: the server delivers them again, and counts from 1.
      yield* Effect.promise(() => manager.consumers.reset(library.name, subscription.name, second[0]!))
      yield* delivered(manager, 8)
      yield* finishes.open
      assert.deepStrictEqual(yield* take(8), second)
      yield* lagIs0

      const third = yield* append(3)
      assert.deepStrictEqual(yield* take(3), third)
      yield* lagIs0
    }).pipe(Effect.scoped)
  )

  it.effect("hands over nothing while the log is damaged or not compared, and all of it afterwards", () =>
    Effect.gen(function* () {
      const held = yield* Deferred.make<void>()
      const sound = yield* Latch.make(false)
      const integrity = {
        ...(yield* Integrity),
        awaitVerified: Effect.andThen(Deferred.succeed(held, undefined), sound.await)
      }
      const context = yield* Layer.build(ConsumersNats.layer(library, 1)).pipe(
        Effect.provideService(Integrity, integrity)
      )
      const { taken, take } = yield* follow(Context.get(context, Consumers))
      const events = yield* append(3)
      yield* Deferred.await(held)
      assert.strictEqual(yield* taken, 0)
      yield* sound.open
      assert.deepStrictEqual(yield* take(3), events)
      yield* lagIs0
    }).pipe(Effect.scoped)
  )

  it.effect("delivers again what a process had in hand that is gone, though nothing new comes", () =>
    Effect.gen(function* () {
      const manager = yield* manage
      const events = yield* append(5)
      // A process that is pinned, is delivered all of it, and never does anything more.
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

      const { take } = yield* follow()
      assert.deepStrictEqual(yield* Effect.timeout(take(5), "10 seconds"), events)
      yield* lagIs0
    }).pipe(Effect.scoped)
  )

  it.effect("that is far behind its checkpoint delivers nothing that was taken", () =>
    Effect.gen(function* () {
      const manager = yield* manage
      const { lastPosition } = yield* EventLog
      yield* append(600)
      const taken = yield* lastPosition()
      const { run } = yield* Consumers
      yield* Effect.forkScoped(
        run(subscription, () => Effect.die("it was handed what was taken"), Effect.succeed(taken))
      )
      const { delivered } = yield* Effect.repeat(infoOf(manager), {
        until: ({ delivered }) => delivered.stream_seq >= taken,
        schedule: Schedule.spaced("5 millis")
      })
      assert.strictEqual(delivered.consumer_seq, 0)
    }).pipe(Effect.scoped)
  )
})

it.live("A consumer of an earlier version is replaced at the start, and goes on at its checkpoint", () =>
  Effect.gen(function* () {
    const { url } = yield* testServer({ syncInterval: "2m" })
    const manager = yield* managerAt(url)
    const begun = NatsLayers.layer(library, { servers: url, replicas: 1 })
    yield* Effect.gen(function* () {
      const { take } = yield* follow()
      const events = yield* append(4)
      assert.deepStrictEqual(yield* take(4), events)
      yield* lagIs0
    }).pipe(Effect.scoped, Effect.provide(begun, { local: true }))

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
      const { take } = yield* follow()
      const events = yield* append(2)
      assert.deepStrictEqual(yield* take(2), events)
      yield* lagIs0
    }).pipe(Effect.scoped, Effect.provide(begun, { local: true }))
  }).pipe(Effect.scoped)
)
