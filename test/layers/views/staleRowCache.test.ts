import { assert, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Layer, Option } from "effect"
import { TestClock } from "effect/testing"
import { DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import * as Memory from "#layers/memory/memoryServices.ts"
import { KeyValue, StoreUnavailable, type Bucket } from "#layers/services/KeyValue.ts"
import { staleRowCache } from "#layers/views/rows/staleRowCache.ts"
import * as Views from "#layers/views/Views.ts"
import { book, library, shelf } from "#test/boards/libraryBoard.ts"
import { steppedClock } from "#test/support/steppedClock.ts"

const row = { book, where: "ann", loans: 1, position: 7 }

it.effect("a row that was read before is served while the store is not reachable, with its age", () =>
  Effect.gen(function* () {
    let away = false
    const bucket = {
      get: (key: string) =>
        away
          ? Effect.fail(new StoreUnavailable({ bucket: "shelf-v1", reason: "away" }))
          : Effect.succeed(key === "moby" ? Option.some({ value: JSON.stringify(row), revision: 1 }) : Option.none())
    } as unknown as Bucket
    const read = staleRowCache(shelf, bucket, JSON.parse)
    assert.deepStrictEqual(yield* read({ book }), { row, ageMillis: 0 })
    away = true
    yield* TestClock.adjust("90 seconds")
    assert.deepStrictEqual(yield* read({ book }), { row, ageMillis: 90_000 })
    const tooOld = yield* Effect.flip(read({ book }, 8))
    assert.strictEqual(tooOld._tag, "StoreUnavailable")
    assert.strictEqual((yield* read({ book }, 7)).ageMillis, 90_000)
    const neverRead = yield* Effect.flip(read({ book: { id: "other" } }))
    assert.strictEqual(neverRead._tag, "StoreUnavailable")
    away = false
    assert.deepStrictEqual(yield* read({ book }), { row, ageMillis: 0 })
  })
)

it.effect("a row's age is the elapsed time, even if the clock is set back meanwhile", () =>
  Effect.gen(function* () {
    let away = false
    const get = () =>
      away
        ? Effect.fail(new StoreUnavailable({ bucket: "shelf-v1", reason: "away" }))
        : Effect.succeed(Option.some({ value: JSON.stringify(row), revision: 1 }))
    const read = staleRowCache(shelf, { get } as unknown as Bucket, JSON.parse)
    const { clock, step } = yield* steppedClock
    yield* Effect.gen(function* () {
      yield* read({ book })
      away = true
      yield* step(-3_600_000)
      yield* TestClock.adjust("90 seconds")
      assert.strictEqual((yield* read({ book })).ageMillis, 90_000)
    }).pipe(Effect.provideService(Clock.Clock, clock))
  })
)

/** Buckets that never answer a read of one key. */
const neverAnswering = (key: string) =>
  Layer.effect(
    KeyValue,
    Effect.map(KeyValue, ({ bucket }) => ({
      bucket: (name) => {
        const all = bucket(name)
        return { ...all, get: (of) => (of === key ? Effect.never : all.get(of)) }
      }
    }))
  )

it.effect("a read fails after 9 s if the store does not answer", () =>
  Effect.gen(function* () {
    const { get } = yield* Views.Views
    const reading = yield* Effect.forkChild(Effect.flip(get(shelf, { book })))
    yield* Effect.yieldNow
    yield* TestClock.adjust("9 seconds")
    const error = yield* Fiber.join(reading)
    assert.deepInclude(error, { _tag: "StoreUnavailable", reason: "it did not answer in time" })
  }).pipe(
    Effect.provide(
      Views.layer(library).pipe(
        Layer.provide(DeadLetters.layer),
        Layer.provide(neverAnswering("moby")),
        Layer.provide(Memory.layer(library))
      )
    )
  )
)
