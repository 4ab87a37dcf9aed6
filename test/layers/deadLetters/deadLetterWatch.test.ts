import { assert, it } from "@effect/vitest"
import { Context, Effect, Fiber, Latch, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import { Board, Boundary } from "#domain/model/index.ts"
import * as Automations from "#layers/automations/Automations.ts"
import * as CommandHandler from "#layers/commands/commandHandler.ts"
import { waits } from "#layers/deadLetters/DeadLetter.ts"
import { DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import * as Memory from "#layers/memory/memoryServices.ts"
import { automationSubscription, viewSubscription } from "#layers/services/boardSubscriptions.ts"
import { parkedBucket } from "#layers/services/bucketNames.ts"
import { EventLog, emptyStream } from "#layers/services/EventLog.ts"
import { Ids } from "#layers/services/Ids.ts"
import { KeyValue } from "#layers/services/KeyValue.ts"
import * as Views from "#layers/views/Views.ts"
import { ann, BookAcquired, BookBorrowed, BookReturned, library, shelf } from "#test/boards/libraryBoard.ts"
import { freshBook, testMetadata, streamIdOf } from "#test/support/libraryFixtures.ts"

const by = viewSubscription(shelf).name
const [gear] = Board.automations(library).map((automation) => automationSubscription(automation).name) as [string]
const book = freshBook()
const place = Boundary.format(streamIdOf(book))
const first = { by, place, position: 1, type: "BookAcquired", reason: "too heavy", attempts: 1, behind: false }

/** Buckets of which one is heard of only from now on. */
const heardOf = (latch: Latch.Latch) =>
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

/** Another process, which does not hear what is parked until the latch is opened. */
const another = <A, E, R>(layer: Layer.Layer<A, E, R>, latch: Latch.Latch) =>
  Layer.build(
    Layer.fresh(layer.pipe(Layer.provideMerge(Layer.fresh(DeadLetters.layer)), Layer.provide(heardOf(latch))))
  )

const test = (what: string, effect: Effect.Effect<void, unknown, any>) =>
  it.effect(
    what,
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

/** What another process is, once it hears that the first of some facts is parked. */
const takingOver = Effect.fnUntraced(function* <A, E, R>(
  layer: Layer.Layer<A, E, R>,
  facts: Parameters<EventLog["Service"]["append"]>[2],
  stuck: typeof first
) {
  const latch = yield* Latch.make()
  yield* (yield* EventLog).append(streamIdOf(book), emptyStream, facts, testMetadata("c"))
  yield* (yield* DeadLetters).add([stuck])
  const there = yield* another(layer, latch)
  yield* TestClock.adjust("1 second")
  yield* latch.open
  return there
})

test(
  "what another process has parked is told as it is, or not at all",
  Effect.gen(function* () {
    const latch = yield* Latch.make()
    const here = yield* DeadLetters
    const there = Context.get(yield* another(Layer.empty, latch), DeadLetters)
    yield* here.add([first])
    assert.deepStrictEqual([here.blockedStreams(by), there.blockedStreams(by)], [new Set([place]), new Set()])
    const asking = yield* Effect.forkChild(Effect.flip(there.all))
    yield* TestClock.adjust("5 seconds")
    assert.deepInclude(yield* Fiber.join(asking), { _tag: "StoreUnavailable", bucket: parkedBucket })
    const waiting = yield* Effect.forkChild(there.all)
    yield* TestClock.adjust("1 second")
    yield* latch.open
    assert.deepStrictEqual(yield* Fiber.join(waiting), yield* here.all)
    assert.deepStrictEqual(there.blockedStreams(by), new Set([place]))
  })
)

test(
  "a view that takes over takes nothing before it knows what waits",
  Effect.gen(function* () {
    const here = yield* DeadLetters
    const facts = [new BookAcquired({ book, title: "" }), new BookBorrowed({ book, reader: ann })]
    const views = Context.get(yield* takingOver(Views.layer(library), facts, first), Views.Views)
    assert.deepStrictEqual(yield* views.get(shelf, { book }, 2), { book, where: "nowhere", loans: 0 })
    assert.deepStrictEqual(
      (yield* here.all).map(({ position, reason }) => [position, reason]),
      [
        [1, first.reason],
        [2, waits]
      ]
    )
  })
)

test(
  "so does an automation",
  Effect.gen(function* () {
    const here = yield* DeadLetters
    const log = yield* EventLog
    const facts = [new BookAcquired({ book, title: "" }), new BookReturned({ book, reader: ann })]
    yield* takingOver(Automations.layer(library), facts, { ...first, by: gear, type: "BookReturned" })
    const parked = yield* Effect.repeat(here.all, { until: ({ length }) => length === 2 })
    assert.deepStrictEqual(parked[1]!.reason, waits)
    assert.strictEqual(yield* log.lastPosition(), 2)
  })
)

test(
  "who takes over passes over what was dismissed",
  Effect.gen(function* () {
    const here = yield* DeadLetters
    const log = yield* EventLog
    const facts = [
      new BookAcquired({ book, title: "" }),
      new BookReturned({ book, reader: ann }),
      new BookBorrowed({ book, reader: ann })
    ]
    yield* log.append(streamIdOf(book), emptyStream, facts, testMetadata("c"))
    const letters = [
      { ...first, position: 3, type: "BookBorrowed" },
      { ...first, by: gear, position: 2, type: "BookReturned" }
    ]
    yield* here.add(letters)
    const why = { reason: "settled", by: "Ann", time: "2026-12-24T00:00:00.000Z" }
    for (const { by, position } of letters) yield* here.dismiss(`${by}.${position}`, why)
    assert.deepStrictEqual([yield* here.all, here.blockedStreams(by).size, here.ofConsumer(by)], [[], 0, []])
    const both = Layer.merge(Views.layer(library), Automations.layer(library))
    const latch = yield* Latch.make()
    yield* latch.open
    const views = Context.get(yield* another(both, latch), Views.Views)
    yield* TestClock.adjust("1 second")
    assert.deepInclude(yield* views.get(shelf, { book }, 3), { where: "desk", loans: 0, position: 2 })
    yield* TestClock.adjust("1 second")
    assert.deepStrictEqual([yield* here.all, yield* log.lastPosition()], [[], 3])
    yield* here.clear(by)
    assert.deepStrictEqual([here.dismissedPositions(by).size, here.dismissedPositions(gear).size], [0, 1])
  })
)
