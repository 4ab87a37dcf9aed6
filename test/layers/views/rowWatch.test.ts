import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Option } from "effect"
import { TestClock } from "effect/testing"
import { progressKey } from "#layers/buckets/bucketNames.ts"
import * as Memory from "#layers/memory/memoryServices.ts"
import { encodeCheckpoint } from "#layers/processors/checkpointStore.ts"
import { type BucketState, KeyValue } from "#layers/services/KeyValue.ts"
import { RowIntegrity } from "#layers/views/rows/RowIntegrity.ts"
import { watchRows } from "#layers/views/rows/rowWatch.ts"
import { library } from "#test/boards/libraryBoard.ts"

const generation = "g"

/** Watches a bucket whose state the test sets. */
const watched = Effect.fnUntraced(function* (replicas: number) {
  const bucket = (yield* KeyValue).bucket("rows")
  yield* bucket.put(progressKey, encodeCheckpoint({ position: 7, log: "l", rows: generation }), 0, generation)
  const state: { entries: number } = { entries: 5 }
  const bucketState = Effect.sync((): Option.Option<BucketState> =>
    Option.some({ incarnation: "i", entries: state.entries, replicas })
  )
  const integrity = new RowIntegrity()
  integrity.begin(generation, yield* bucket.lastRevision)
  const restore = () => Effect.succeed([])
  const fiber = yield* Effect.forkChild(
    Effect.flip(watchRows("view", { ...bucket, state: bucketState }, integrity, restore))
  )
  yield* TestClock.adjust("1 second")
  return { integrity, state, fiber, isOver: () => fiber.pollUnsafe() !== undefined }
})

const test = (title: string, effect: Effect.Effect<void, unknown, KeyValue>) =>
  it.effect(title, () => Effect.provide(effect, Memory.layer(library)))

test(
  "rows that a single node lacks were purged",
  Effect.gen(function* () {
    const { fiber, state } = yield* watched(1)
    state.entries = 4
    yield* TestClock.adjust("1 second")
    assert.strictEqual((yield* Fiber.join(fiber))._tag, "RowsLost")
  })
)

test(
  "rows that are stored but not acknowledged yet do not count as purged later",
  Effect.gen(function* () {
    const { integrity, isOver, state } = yield* watched(1)
    integrity.creatingCount = 512
    state.entries = 5 + 512
    yield* TestClock.adjust("1 second")
    integrity.creatingCount = 0
    integrity.createdCount = 512
    yield* TestClock.adjust("1 second")
    assert.isFalse(isOver())
    state.entries--
    yield* TestClock.adjust("1 second")
    assert.isTrue(isOver())
  })
)

test(
  "rows that the leader of three nodes lacks count as purged once it has lacked them for 15 seconds",
  Effect.gen(function* () {
    const { fiber, isOver, state } = yield* watched(3)
    for (let n = 0; n < 3; n++) {
      // A leader that was just elected, and is behind.
      state.entries = 4
      yield* TestClock.adjust("12 seconds")
      state.entries = 5
      yield* TestClock.adjust("1 second")
    }
    assert.isFalse(isOver())
    state.entries = 4
    yield* TestClock.adjust("14 seconds")
    assert.isFalse(isOver())
    yield* TestClock.adjust("3 seconds")
    assert.strictEqual((yield* Fiber.join(fiber))._tag, "RowsLost")
  })
)
