import { assert, layer } from "@effect/vitest"
import { Effect, Fiber, Layer, Option, Schedule } from "effect"
import { Commands } from "#layers/commands/Commands.ts"
import { DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import * as NatsLayers from "#layers/nats/natsServices.ts"
import * as Runtime from "#layers/runBoard.ts"
import { subscriptions } from "#layers/services/boardSubscriptions.ts"
import { bucketOf, parkedBucket } from "#layers/services/bucketNames.ts"
import { Connection } from "#layers/services/Connection.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { Ids } from "#layers/services/Ids.ts"
import { KeyValue } from "#layers/services/KeyValue.ts"
import { Consumers } from "#layers/services/Subscriptions.ts"
import { openViewCheckpoint } from "#layers/views/viewCheckpoint.ts"
import { Views } from "#layers/views/Views.ts"
import { AcquireBook, ann, BorrowBook, library, shelf } from "#test/boards/libraryBoard.ts"
import { freshBook } from "#test/support/libraryFixtures.ts"
import { managerAt } from "#test/support/streamDump.ts"
import { TestServer } from "#test/support/testServer.ts"

const working = Layer.unwrap(
  Effect.map(TestServer, ({ url }) =>
    Runtime.layer(library).pipe(
      Layer.provideMerge(NatsLayers.layer(library, { servers: url, replicas: 1 })),
      Layer.provideMerge(Ids.layer)
    )
  )
).pipe(Layer.provideMerge(TestServer.layerFast))

const manager = Effect.flatMap(TestServer, ({ url }) => managerAt(url))

/** A book that is lent, and where its lending stands. */
const lent = Effect.gen(function* () {
  const { execute } = yield* Commands
  const book = freshBook()
  yield* execute(AcquireBook, { book, title: "" }, { actor: "Librarian" })
  const { seq } = yield* execute(BorrowBook, { book, reader: ann }, { actor: "Member" })
  return { book, seq }
})

/** Its row, once the view knows it. */
const row = ({ book, seq }: Effect.Success<typeof lent>) =>
  Effect.flatMap(Views, (views) => views.get(shelf, { book }, seq)).pipe(
    Effect.retry({ schedule: Schedule.spaced("20 millis") })
  )

const { subscription } = subscriptions(library).views[0]!

layer(working, { excludeTestServices: true, timeout: "30 seconds" })("What somebody took away", (it) => {
  it.effect("is made anew: a consumer goes on where its view stood", () =>
    Effect.gen(function* () {
      const jsm = yield* manager
      const before = yield* lent
      yield* row(before)
      yield* Effect.promise(() => jsm.consumers.delete(library.name, subscription.name))
      const after = yield* lent
      assert.strictEqual((yield* row(after)).loans, 1)
      assert.strictEqual((yield* row(before)).loans, 1)
      assert.strictEqual(yield* (yield* Consumers).lag(subscription), 0)
    })
  )

  it.effect("is made anew: a bucket gets all of its rows again", () =>
    Effect.gen(function* () {
      const jsm = yield* manager
      const before = yield* lent
      yield* row(before)
      yield* Effect.promise(() => jsm.streams.delete(`KV_${bucketOf(shelf)}`))
      const after = yield* lent
      assert.strictEqual((yield* row(after)).loans, 1)
      assert.strictEqual((yield* row(before)).loans, 1)
    })
  )

  it.effect("is made anew at once: a bucket that was deleted, without another event, by whoever makes it first", () =>
    Effect.gen(function* () {
      const jsm = yield* manager
      const before = yield* lent
      yield* row(before)
      const bucket = (yield* KeyValue).bucket(bucketOf(shelf))
      const isBack = bucket.get(before.book.id).pipe(
        Effect.map(Option.isSome),
        Effect.catch(() => Effect.succeed(false)),
        Effect.repeat({ until: (is) => is, schedule: Schedule.spaced("20 millis") })
      )
      yield* Effect.promise(() => jsm.streams.delete(`KV_${bucketOf(shelf)}`))
      yield* isBack
      yield* Effect.promise(async () => {
        const { config } = await jsm.streams.info(`KV_${bucketOf(shelf)}`)
        await jsm.streams.delete(`KV_${bucketOf(shelf)}`)
        await jsm.streams.add(config)
      })
      yield* isBack
      assert.strictEqual((yield* row(before)).loans, 1)
    })
  )

  it.effect("is made anew at once: a row that was purged, which no watcher is told of, also with rows coming", () =>
    Effect.gen(function* () {
      const jsm = yield* manager
      const [before, other] = [yield* lent, yield* lent]
      yield* row(other)
      const bucket = (yield* KeyValue).bucket(bucketOf(shelf))
      const coming = yield* Effect.forkChild(Effect.forever(Effect.andThen(lent, Effect.sleep("50 millis"))))
      const purge = { filter: `$KV.${bucketOf(shelf)}.${before.book.id}` }
      yield* Effect.promise(() => jsm.streams.purge(`KV_${bucketOf(shelf)}`, purge))
      yield* bucket
        .get(before.book.id)
        .pipe(Effect.repeat({ until: (entry) => Option.isSome(entry), schedule: Schedule.spaced("20 millis") }))
      yield* Fiber.interrupt(coming)
      assert.strictEqual((yield* row(before)).loans, 1)
    })
  )

  it.effect(
    "is made anew by another process, which dies: who stood by does not go on from where the old rows were",
    () =>
      Effect.gen(function* () {
        const bucket = (yield* KeyValue).bucket(bucketOf(shelf))
        const before = yield* lent
        yield* row(before)
        yield* bucket.clear
        yield* openViewCheckpoint(yield* EventLog, bucket, "view Shelf")
        const after = yield* lent
        assert.strictEqual((yield* row(after)).loans, 1)
        assert.strictEqual((yield* row(before)).loans, 1)
      })
  )

  it.effect("is made anew: a bucket of what is parked, so that nobody waits for it", () =>
    Effect.gen(function* () {
      const jsm = yield* manager
      const parking = yield* DeadLetters
      yield* Effect.promise(() => jsm.streams.delete(`KV_${parkedBucket}`))
      assert.deepStrictEqual(yield* parking.all, [])
      assert.strictEqual((yield* row(yield* lent)).loans, 1)
    })
  )

  it.effect("is put back: what was parked, as far as a process still knows it", () =>
    Effect.gen(function* () {
      const jsm = yield* manager
      const parking = yield* DeadLetters
      const about = { type: "BookBorrowed", reason: "too heavy", attempts: 1, behind: false }
      yield* parking.add([1, 2, 3].map((position) => ({ by: "automation-x", place: "book/x", position, ...about })))
      const before = yield* parking.all
      yield* Effect.promise(() => jsm.streams.delete(`KV_${parkedBucket}`))
      const bucket = (yield* KeyValue).bucket(parkedBucket)
      yield* bucket.list([">"], 10).pipe(
        Effect.map(({ entries }) => entries.length),
        Effect.catch(() => Effect.succeed(0)),
        Effect.repeat({ until: (count) => count === 3, schedule: Schedule.spaced("20 millis") })
      )
      assert.deepStrictEqual(yield* parking.all, before)
      yield* parking.add([{ by: "automation-x", place: "book/y", position: 4, ...about }])
      assert.deepStrictEqual(parking.blockedStreams("automation-x"), new Set(["book/x", "book/y"]))
      yield* parking.clear("automation-x")
      assert.deepStrictEqual(yield* parking.all, [])
    })
  )

  it.effect("and is the log itself is not made anew behind anybody's back: commands say that it is not there", () =>
    Effect.gen(function* () {
      const jsm = yield* manager
      assert.strictEqual((yield* (yield* Connection).status).state, "up")
      yield* Effect.promise(() => jsm.streams.delete(library.name))
      const failed = yield* Effect.flip(lent)
      assert.strictEqual(failed._tag, "LogUnavailable")
      const streams = yield* Effect.promise(() => jsm.streams.names().next())
      assert.notInclude(streams, library.name)
    })
  )
})
