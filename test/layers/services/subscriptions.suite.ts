import { assert, layer } from "@effect/vitest"
import { Array, Effect, Fiber, Queue, Ref, Schedule } from "effect"
import { checkpointsBucket } from "#layers/buckets/bucketNames.ts"
import { subscriptions } from "#layers/processors/boardSubscriptions.ts"
import { EventLog, type LogEntry, emptyStream } from "#layers/services/EventLog.ts"
import { KeyValue, revisionOf } from "#layers/services/KeyValue.ts"
import type { RecordedEvent } from "#layers/services/RecordedEvent.ts"
import { Subscriptions } from "#layers/services/Subscriptions.ts"
import { BookAcquired, BookReturned, library } from "#test/boards/libraryBoard.ts"
import { appendTo } from "#test/support/appendTo.ts"
import type { Backend } from "#test/support/backends.ts"
import { freshBook, testMetadata, streamIdOf, toPlainEvent } from "#test/support/libraryFixtures.ts"

const { automations, views } = subscriptions(library)
const shelving = automations[0]!.subscription
const shelf = views[0]!.subscription

const appendEvents = Effect.fnUntraced(function* (events: number) {
  const log = yield* EventLog
  return yield* Effect.forEach(Array.range(1, events), () => {
    const book = freshBook()
    const both = [new BookAcquired({ book, title: "" }), new BookReturned({ book, reader: book })]
    return Effect.map(appendTo(log, streamIdOf(book), emptyStream, both, testMetadata(`c-${book.id}`)), (recorded) =>
      toPlainEvent(recorded[1]!)
    )
  })
})

/** Runs a subscription that puts its events into a queue. */
const follow = Effect.fnUntraced(function* (subscription = shelving) {
  const consumers = yield* Subscriptions
  const queue = yield* Queue.unbounded<RecordedEvent>()
  const fiber = yield* consumers
    .run(subscription, (batch) => Queue.offerAll(queue, batch.map(toPlainEvent)))
    .pipe(Effect.forkChild)
  return { take: (n: number) => Queue.takeN(queue, n), stop: Fiber.interrupt(fiber) }
})

/** Waits until the checkpoint is at this position or later. */
const waitForCheckpoint =
  <E>(position: Effect.Effect<number, E>) =>
  (upTo: number) =>
    Effect.repeat(position, { until: (reached) => reached >= upTo, schedule: Schedule.spaced("5 millis") })

/** The guarantees of durable delivery. The first test has many steps, each of which continues the one before. */
export const consumers = (backend: Backend) =>
  layer(backend.services(library), { excludeTestServices: true })(`Subscriptions on ${backend.name}`, (it) => {
    it.effect("deliver in order, from the checkpoint, to one run at a time, and redeliver what was not finished", () =>
      Effect.gen(function* () {
        const { lag, position, run } = yield* Subscriptions
        const first = yield* appendEvents(5)
        // With several replicas, the one that counts may be behind for a moment.
        yield* lag(shelving).pipe(
          Effect.tap((behind) => Effect.sync(() => assert.isAtMost(behind, 5))),
          Effect.repeat({ until: (behind) => behind === 5, schedule: Schedule.spaced("5 millis") })
        )
        assert.strictEqual(yield* position(shelving), 0)

        const one = yield* follow()
        assert.deepStrictEqual(yield* one.take(5), first)
        const second = yield* appendEvents(3)
        assert.deepStrictEqual(yield* one.take(3), second)
        yield* waitForCheckpoint(position(shelving))(second.at(-1)!.position)
        yield* one.stop

        const third = yield* appendEvents(4)
        const received = yield* Queue.unbounded<RecordedEvent>()
        const blocked = yield* run(shelving, (batch) =>
          Effect.andThen(Queue.offerAll(received, batch.map(toPlainEvent)), Effect.never)
        ).pipe(Effect.forkChild)
        assert.deepStrictEqual(yield* Queue.take(received), third[0])
        yield* Fiber.interrupt(blocked)

        const fourth = yield* appendEvents(2)
        const two = yield* follow()
        const three = yield* follow()
        const late = yield* appendEvents(200)
        const twos = two.take(206)
        const winner = yield* Effect.raceFirst(twos, three.take(206))
        assert.deepStrictEqual(winner, [...third, ...fourth, ...late])
        yield* two.stop
        yield* three.stop
      })
    )

    it.effect("redeliver a failed batch", () =>
      Effect.gen(function* () {
        const { run } = yield* Subscriptions
        const tries = yield* Ref.make(0)
        const received = yield* Queue.unbounded<RecordedEvent>()
        const failing = run(shelf, (batch) =>
          Ref.updateAndGet(tries, (n) => n + 1).pipe(
            Effect.flatMap((n) =>
              n === 1 ? Effect.fail("not yet" as const) : Queue.offerAll(received, batch.map(toPlainEvent))
            )
          )
        )
        const events = yield* appendEvents(1)
        const error = yield* Effect.flip(failing)
        assert.strictEqual(error, "not yet")
        const fiber = yield* Effect.forkChild(failing)
        const log = yield* EventLog
        const all = yield* log.readRange(shelf.types, 0, events[0]!.position)
        assert.deepStrictEqual(yield* Queue.takeN(received, all.length), all.map(toPlainEvent))
        yield* Fiber.interrupt(fiber)
      })
    )

    it.effect("deliver acknowledged events that are after the checkpoint of the run that takes over", () =>
      Effect.gen(function* () {
        const { position, run } = yield* Subscriptions
        const log = yield* EventLog
        const reached = waitForCheckpoint(position(shelf))
        const checkpoint = (yield* appendEvents(1))[0]!.position
        const one = yield* follow(shelf)
        yield* reached(checkpoint)
        const received = yield* Queue.unbounded<RecordedEvent>()
        const two = yield* run(
          shelf,
          (batch) => Queue.offerAll(received, batch.map(toPlainEvent)),
          Effect.succeed(checkpoint)
        ).pipe(Effect.forkChild)
        yield* reached((yield* appendEvents(3)).at(-1)!.position)
        yield* one.stop
        const [last] = yield* appendEvents(1)
        const all = yield* log.readRange(shelf.types, checkpoint, last!.position)
        assert.deepStrictEqual(yield* Queue.takeN(received, all.length), all.map(toPlainEvent))
        yield* Fiber.interrupt(two)
      })
    )

    it.effect("lag by the events of their types after the checkpoint, and fail if it is ahead of the log", () =>
      Effect.gen(function* () {
        const { lag, position } = yield* Subscriptions
        const log = yield* EventLog
        const checkpoint = { bucket: checkpointsBucket, key: "counted" }
        const counted = { name: "counted", types: shelving.types, checkpoint }
        const bucket = (yield* KeyValue).bucket(checkpointsBucket)
        yield* bucket.ensure
        const identity = yield* log.identity
        const setCheckpoint = (position: number, of = identity) =>
          Effect.flatMap(bucket.get(checkpoint.key), (entry) =>
            bucket.put(checkpoint.key, JSON.stringify({ position, log: of }), revisionOf(entry))
          )
        const positions = (yield* appendEvents(4)).map((event) => event.position)
        const end = yield* log.lastPosition()

        yield* setCheckpoint(positions[0]!)
        assert.deepStrictEqual([yield* lag(counted), yield* position(counted)], [3, positions[0]])
        yield* setCheckpoint(positions[3]! - 1)
        assert.strictEqual(yield* lag(counted), 1)
        yield* setCheckpoint(end)
        assert.strictEqual(yield* lag(counted), 0)
        yield* setCheckpoint(end + 1)
        assert.include((yield* Effect.flip(lag(counted))).message, `is ${end + 1}, and the log ends at ${end}`)
        yield* setCheckpoint(end, "another log")
        assert.strictEqual(yield* position(counted), 0)
        assert.isAtLeast(yield* lag(counted), 4)

        yield* setCheckpoint(end)
        yield* appendEvents(300)
        const behind = yield* lag(counted)
        assert.isTrue(behind >= 300 && behind <= 600, `${behind} is no bound of 300`)
      })
    )

    it.effect("deliver at most 512 events in a batch, also when catching up", () =>
      Effect.gen(function* () {
        const { position, run } = yield* Subscriptions
        const last = (yield* appendEvents(700)).at(-1)!.position
        const one = yield* follow(shelf)
        yield* waitForCheckpoint(position(shelf))(last)
        yield* one.stop
        const batches = yield* Queue.unbounded<ReadonlyArray<LogEntry>>()
        const two = yield* run(shelf, (batch) => Queue.offer(batches, batch), Effect.succeed(0)).pipe(Effect.forkChild)
        for (let newest = 0; newest < last;) {
          const batch = yield* Queue.take(batches)
          assert.isAtMost(batch.length, 512)
          newest = batch.at(-1)!.position
        }
        yield* Fiber.interrupt(two)
      })
    )
  })
