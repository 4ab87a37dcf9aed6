import { assert, it } from "@effect/vitest"
import { Context, Effect, Fiber, Latch, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import { Board, Boundary } from "#domain/model/index.ts"
import * as Automations from "#layers/automations/Automations.ts"
import { bucketOf, parkedBucket } from "#layers/buckets/bucketNames.ts"
import { fingerprintOf } from "#layers/codec/codeFingerprint.ts"
import * as CommandHandler from "#layers/commands/commandHandler.ts"
import { blockedReason } from "#layers/deadLetters/DeadLetter.ts"
import { DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import * as Memory from "#layers/memory/memoryServices.ts"
import { automationSubscription, viewSubscription } from "#layers/processors/boardSubscriptions.ts"
import { EventLog, emptyStream } from "#layers/services/EventLog.ts"
import { Ids } from "#layers/services/Ids.ts"
import { KeyValue } from "#layers/services/KeyValue.ts"
import { openViewCheckpoint } from "#layers/views/viewCheckpoint.ts"
import * as Views from "#layers/views/Views.ts"
import { ann, BookAcquired, BookBorrowed, BookReturned, library, shelf } from "#test/boards/libraryBoard.ts"
import { appendTo } from "#test/support/appendTo.ts"
import { freshBook, testMetadata, streamIdOf } from "#test/support/libraryFixtures.ts"

const by = viewSubscription(library, shelf).name
const [automationName] = Board.automations(library).map(
  (automation) => automationSubscription(library, automation).name
) as [string]
const book = freshBook()
const streamId = Boundary.format(streamIdOf(book))
const first = {
  by,
  place: streamId,
  position: 1,
  type: "BookAcquired",
  reason: "too heavy",
  attempts: 1,
  behind: false
}

/** Buckets in which the watch of dead letters delivers nothing until the latch is opened. */
const delayedWatch = (latch: Latch.Latch) =>
  Layer.effect(
    KeyValue,
    Effect.map(KeyValue, ({ bucket }) => ({
      bucket: (name) => {
        const all = bucket(name)
        const watch: typeof all.watch = (keys) => Stream.unwrap(Effect.as(latch.await, all.watch(keys)))
        return name === parkedBucket ? { ...all, watch } : all
      }
    }))
  )

/** Another process, whose watch of dead letters delivers nothing until the latch is opened. */
const secondProcess = <A, E, R>(layer: Layer.Layer<A, E, R>, latch: Latch.Latch) =>
  Layer.build(
    Layer.fresh(layer.pipe(Layer.provideMerge(Layer.fresh(DeadLetters.layer)), Layer.provide(delayedWatch(latch))))
  )

const test = (title: string, effect: Effect.Effect<void, unknown, any>) =>
  it.effect(
    title,
    () =>
      effect.pipe(
        Effect.scoped,
        Effect.provide(
          Layer.mergeAll(DeadLetters.layer, CommandHandler.layer(library)).pipe(
            Layer.provideMerge(Memory.layer(library)),
            Layer.provideMerge(Ids.layer)
          )
        )
      ) as Effect.Effect<void, unknown>
  )

/** The process that is taken over has begun the rows: dead letters without rows are those of a bucket that was purged. */
const rowsBegun = Effect.gen(function* () {
  const rows = (yield* KeyValue).bucket(bucketOf(shelf))
  yield* openViewCheckpoint(yield* EventLog, rows, "view Shelf", {
    fingerprint: fingerprintOf(library, shelf),
    hasBegun: () => false,
    distrustReason: () => undefined,
    checkedRevision: () => 0,
    clearDeadLetters: Effect.void
  })
})

/** Builds another process and opens its watch later; the log has these events, of which one is a dead letter. */
const takingOver = Effect.fnUntraced(function* <A, E, R>(
  layer: Layer.Layer<A, E, R>,
  events: Parameters<EventLog["Service"]["append"]>[1],
  letter: typeof first
) {
  if (letter.by === by) yield* rowsBegun
  const latch = yield* Latch.make()
  yield* appendTo(yield* EventLog, streamIdOf(book), emptyStream, events, testMetadata("c"))
  yield* (yield* DeadLetters).add([letter])
  const there = yield* secondProcess(layer, latch)
  yield* TestClock.adjust("1 second")
  yield* latch.open
  return there
})

test(
  "the dead letters of another process are returned completely, or the call fails",
  Effect.gen(function* () {
    const latch = yield* Latch.make()
    const here = yield* DeadLetters
    const there = Context.get(yield* secondProcess(Layer.empty, latch), DeadLetters)
    yield* here.add([first])
    assert.deepStrictEqual([here.blockedStreams(by), there.blockedStreams(by)], [new Set([streamId]), new Set()])
    const tooEarly = yield* Effect.forkChild(Effect.flip(there.all))
    yield* TestClock.adjust("5 seconds")
    assert.deepInclude(yield* Fiber.join(tooEarly), { _tag: "StoreUnavailable", bucket: parkedBucket })
    const waiting = yield* Effect.forkChild(there.all)
    yield* TestClock.adjust("1 second")
    yield* latch.open
    assert.deepStrictEqual(yield* Fiber.join(waiting), yield* here.all)
    assert.deepStrictEqual(there.blockedStreams(by), new Set([streamId]))
  })
)

test(
  "a view that takes over processes no event before it knows the dead letters",
  Effect.gen(function* () {
    const here = yield* DeadLetters
    const events = [new BookAcquired({ book, title: "" }), new BookBorrowed({ book, reader: ann })]
    const views = Context.get(yield* takingOver(Views.layer(library), events, first), Views.Views)
    assert.deepStrictEqual(yield* views.get(shelf, { book }, 2), { book, where: "nowhere", loans: 0 })
    assert.deepStrictEqual(
      (yield* here.all).map(({ position, reason }) => [position, reason]),
      [
        [1, first.reason],
        [2, blockedReason]
      ]
    )
  })
)

test(
  "an automation that takes over processes no event before it knows the dead letters",
  Effect.gen(function* () {
    const here = yield* DeadLetters
    const log = yield* EventLog
    const events = [new BookAcquired({ book, title: "" }), new BookReturned({ book, reader: ann })]
    yield* takingOver(Automations.layer(library), events, { ...first, by: automationName, type: "BookReturned" })
    const letters = yield* Effect.repeat(here.all, { until: ({ length }) => length === 2 })
    assert.deepStrictEqual(letters[1]!.reason, blockedReason)
    assert.strictEqual(yield* log.lastPosition(), 2)
  })
)

test(
  "a view or automation that takes over skips dismissed events",
  Effect.gen(function* () {
    const here = yield* DeadLetters
    const log = yield* EventLog
    const events = [
      new BookAcquired({ book, title: "" }),
      new BookReturned({ book, reader: ann }),
      new BookBorrowed({ book, reader: ann })
    ]
    yield* appendTo(log, streamIdOf(book), emptyStream, events, testMetadata("c"))
    const letters = [
      { ...first, position: 3, type: "BookBorrowed" },
      { ...first, by: automationName, position: 2, type: "BookReturned" }
    ]
    yield* rowsBegun
    yield* here.add(letters)
    const dismissal = { reason: "settled", by: "Ann", time: "2026-12-24T00:00:00.000Z" }
    for (const { by, position } of letters) yield* here.dismiss(`${by}.${position}`, dismissal)
    assert.deepStrictEqual([yield* here.all, here.blockedStreams(by).size, here.ofConsumer(by)], [[], 0, []])
    const both = Layer.merge(Views.layer(library), Automations.layer(library))
    const latch = yield* Latch.make()
    yield* latch.open
    const views = Context.get(yield* secondProcess(both, latch), Views.Views)
    yield* TestClock.adjust("1 second")
    assert.deepInclude(yield* views.get(shelf, { book }, 3), { where: "desk", loans: 0, position: 2 })
    yield* TestClock.adjust("1 second")
    assert.deepStrictEqual([yield* here.all, yield* log.lastPosition()], [[], 3])
    yield* here.clear(by)
    assert.deepStrictEqual([here.dismissedPositions(by).size, here.dismissedPositions(automationName).size], [0, 1])
  })
)
