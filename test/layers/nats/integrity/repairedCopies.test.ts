import { assert, layer } from "@effect/vitest"
import { Effect, Fiber, Layer, Option, Schedule } from "effect"
import { bucketOf, parkedBucket } from "#layers/buckets/bucketNames.ts"
import { Commands } from "#layers/commands/Commands.ts"
import { DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import * as NatsLayers from "#layers/nats/natsServices.ts"
import { subscriptions } from "#layers/processors/boardSubscriptions.ts"
import * as Runtime from "#layers/runBoard.ts"
import { Connection } from "#layers/services/Connection.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { Ids } from "#layers/services/Ids.ts"
import { KeyValue } from "#layers/services/KeyValue.ts"
import { Subscriptions } from "#layers/services/Subscriptions.ts"
import { openViewCheckpoint } from "#layers/views/viewCheckpoint.ts"
import { Views } from "#layers/views/Views.ts"
import { AcquireBook, ann, BorrowBook, library, shelf } from "#test/boards/libraryBoard.ts"
import { freshBook } from "#test/support/libraryFixtures.ts"
import { managerAt } from "#test/support/streamDump.ts"
import { TestServer } from "#test/support/testServer.ts"

const services = Layer.unwrap(
  Effect.map(TestServer, ({ url }) =>
    Runtime.layer(library).pipe(
      Layer.provideMerge(NatsLayers.layer(library, { servers: url, replicas: 1 })),
      Layer.provideMerge(Ids.layer)
    )
  )
).pipe(Layer.provideMerge(TestServer.layerFast))

const manager = Effect.flatMap(TestServer, ({ url }) => managerAt(url))

/** Lends a book; returns it with the position of its lending. */
const lendBook = Effect.gen(function* () {
  const { execute } = yield* Commands
  const book = freshBook()
  yield* execute(AcquireBook, { book, title: "" }, { actor: "Librarian" })
  const { seq } = yield* execute(BorrowBook, { book, reader: ann }, { actor: "Member" })
  return { book, seq }
})

/** Its row, once the view knows it. */
const row = ({ book, seq }: Effect.Success<typeof lendBook>) =>
  Effect.flatMap(Views, (views) => views.get(shelf, { book }, seq)).pipe(
    Effect.retry({ schedule: Schedule.spaced("20 millis") })
  )

const { subscription } = subscriptions(library).views[0]!

layer(services, { excludeTestServices: true, timeout: "30 seconds" })("After a deletion by hand", (it) => {
  it.effect("a deleted consumer is recreated, and continues at the checkpoint of its view", () =>
    Effect.gen(function* () {
      const jsm = yield* manager
      const before = yield* lendBook
      yield* row(before)
      yield* Effect.promise(() => jsm.consumers.delete(library.name, subscription.name))
      const after = yield* lendBook
      assert.strictEqual((yield* row(after)).loans, 1)
      assert.strictEqual((yield* row(before)).loans, 1)
      assert.strictEqual(yield* (yield* Subscriptions).lag(subscription), 0)
    })
  )

  it.effect("a deleted bucket is recreated with all of its rows", () =>
    Effect.gen(function* () {
      const jsm = yield* manager
      const before = yield* lendBook
      yield* row(before)
      yield* Effect.promise(() => jsm.streams.delete(`KV_${bucketOf(shelf)}`))
      const after = yield* lendBook
      assert.strictEqual((yield* row(after)).loans, 1)
      assert.strictEqual((yield* row(before)).loans, 1)
    })
  )

  it.effect("a deleted bucket is rebuilt at once, without a new event, whatever recreates it first", () =>
    Effect.gen(function* () {
      const jsm = yield* manager
      const before = yield* lendBook
      yield* row(before)
      const bucket = (yield* KeyValue).bucket(bucketOf(shelf))
      const untilRebuilt = bucket.get(before.book.id).pipe(
        Effect.map(Option.isSome),
        Effect.catch(() => Effect.succeed(false)),
        Effect.repeat({ until: (is) => is, schedule: Schedule.spaced("20 millis") })
      )
      yield* Effect.promise(() => jsm.streams.delete(`KV_${bucketOf(shelf)}`))
      yield* untilRebuilt
      yield* Effect.promise(async () => {
        const { config } = await jsm.streams.info(`KV_${bucketOf(shelf)}`)
        await jsm.streams.delete(`KV_${bucketOf(shelf)}`)
        await jsm.streams.add(config)
      })
      yield* untilRebuilt
      assert.strictEqual((yield* row(before)).loans, 1)
    })
  )

  it.effect("a purged row is rebuilt at once, though no watcher is notified, also while other rows are written", () =>
    Effect.gen(function* () {
      const jsm = yield* manager
      const [before, other] = [yield* lendBook, yield* lendBook]
      yield* row(other)
      const bucket = (yield* KeyValue).bucket(bucketOf(shelf))
      const writing = yield* Effect.forkChild(Effect.forever(Effect.andThen(lendBook, Effect.sleep("50 millis"))))
      const purge = { filter: `$KV.${bucketOf(shelf)}.${before.book.id}` }
      yield* Effect.promise(() => jsm.streams.purge(`KV_${bucketOf(shelf)}`, purge))
      yield* bucket
        .get(before.book.id)
        .pipe(Effect.repeat({ until: (entry) => Option.isSome(entry), schedule: Schedule.spaced("20 millis") }))
      yield* Fiber.interrupt(writing)
      assert.strictEqual((yield* row(before)).loans, 1)
    })
  )

  it.effect(
    "a view whose rebuild another process began before it died does not continue at the checkpoint of the old rows",
    () =>
      Effect.gen(function* () {
        const bucket = (yield* KeyValue).bucket(bucketOf(shelf))
        const before = yield* lendBook
        yield* row(before)
        yield* bucket.clear
        yield* openViewCheckpoint(yield* EventLog, bucket, "view Shelf")
        const after = yield* lendBook
        assert.strictEqual((yield* row(after)).loans, 1)
        assert.strictEqual((yield* row(before)).loans, 1)
      })
  )

  it.effect("a deleted bucket of dead letters is recreated, so that nothing waits for it", () =>
    Effect.gen(function* () {
      const jsm = yield* manager
      const deadLetters = yield* DeadLetters
      yield* Effect.promise(() => jsm.streams.delete(`KV_${parkedBucket}`))
      assert.deepStrictEqual(yield* deadLetters.all, [])
      assert.strictEqual((yield* row(yield* lendBook)).loans, 1)
    })
  )

  it.effect("dead letters that a process still knows are restored", () =>
    Effect.gen(function* () {
      const jsm = yield* manager
      const deadLetters = yield* DeadLetters
      const fields = { type: "BookBorrowed", reason: "too heavy", attempts: 1, behind: false }
      yield* deadLetters.add(
        [1, 2, 3].map((position) => ({ by: "automation-x", place: "book/x", position, ...fields }))
      )
      const before = yield* deadLetters.all
      yield* Effect.promise(() => jsm.streams.delete(`KV_${parkedBucket}`))
      const bucket = (yield* KeyValue).bucket(parkedBucket)
      yield* bucket.list([">"], 10).pipe(
        Effect.map(({ entries }) => entries.length),
        Effect.catch(() => Effect.succeed(0)),
        Effect.repeat({ until: (count) => count === 3, schedule: Schedule.spaced("20 millis") })
      )
      assert.deepStrictEqual(yield* deadLetters.all, before)
      yield* deadLetters.add([{ by: "automation-x", place: "book/y", position: 4, ...fields }])
      assert.deepStrictEqual(deadLetters.blockedStreams("automation-x"), new Set(["book/x", "book/y"]))
      yield* deadLetters.clear("automation-x")
      assert.deepStrictEqual(yield* deadLetters.all, [])
    })
  )

  it.effect("a deleted log is not recreated silently: commands fail because it is missing", () =>
    Effect.gen(function* () {
      const jsm = yield* manager
      assert.strictEqual((yield* (yield* Connection).status).state, "up")
      yield* Effect.promise(() => jsm.streams.delete(library.name))
      const failed = yield* Effect.flip(lendBook)
      assert.strictEqual(failed._tag, "LogUnavailable")
      const streams = yield* Effect.promise(() => jsm.streams.names().next())
      assert.notInclude(streams, library.name)
    })
  )
})
