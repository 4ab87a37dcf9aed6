import { Connection } from "#layers/Connection.ts"
import { Consumers } from "#layers/Consumers.ts"
import { EventLog } from "#layers/EventLog.ts"
import { KeyValue } from "#layers/KeyValue.ts"
import * as NatsLayers from "#layers/nats/index.ts"
import { Ids } from "#layers/Ids.ts"
import { Commands } from "#layers/runtime/Commands.ts"
import { bucketOf, followers, parkedBucket } from "#layers/runtime/followers.ts"
import { making } from "#layers/runtime/making.ts"
import * as Runtime from "#layers/runtime/index.ts"
import { Parking } from "#layers/runtime/Parking.ts"
import { Views } from "#layers/runtime/Views.ts"
import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Schedule } from "effect"
import { AcquireBook, ann, BorrowBook, library, shelf } from "../library/board.ts"
import { managerAt } from "../support/dump.ts"
import { freshBook } from "../support/library.ts"
import { TestServer } from "../support/nats.ts"

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

const { subscription } = followers(library).views[0]!

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

  it.effect(
    "is made anew by another process, which dies: who stood by does not go on from where the old rows were",
    () =>
      Effect.gen(function* () {
        const bucket = (yield* KeyValue).bucket(bucketOf(shelf))
        const before = yield* lent
        yield* row(before)
        yield* bucket.clear
        yield* making(yield* EventLog, bucket, "view Shelf")
        const after = yield* lent
        assert.strictEqual((yield* row(after)).loans, 1)
        assert.strictEqual((yield* row(before)).loans, 1)
      })
  )

  it.effect("is made anew: a bucket of what is parked, so that nobody waits for it", () =>
    Effect.gen(function* () {
      const jsm = yield* manager
      const parking = yield* Parking
      yield* Effect.promise(() => jsm.streams.delete(`KV_${parkedBucket}`))
      assert.deepStrictEqual(yield* parking.all, [])
      assert.strictEqual((yield* row(yield* lent)).loans, 1)
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
