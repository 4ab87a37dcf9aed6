import { StoreUnavailable, type Bucket } from "#layers/KeyValue.ts"
import { recall } from "#layers/runtime/recall.ts"
import { assert, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { TestClock } from "effect/testing"
import { book, shelf } from "../library/board.ts"

const row = { book, where: "ann", loans: 1, position: 7 }

it.effect("a row that was seen is served while the store is away, and says how old it is", () =>
  Effect.gen(function* () {
    let away = false
    const bucket = {
      get: (key: string) =>
        away
          ? Effect.fail(new StoreUnavailable({ bucket: "shelf-v1", reason: "away" }))
          : Effect.succeed(key === "moby" ? Option.some({ value: JSON.stringify(row), revision: 1 }) : Option.none())
    } as unknown as Bucket
    const look = recall(shelf, bucket, JSON.parse)
    assert.deepStrictEqual(yield* look({ book }), { row, age: 0 })
    away = true
    yield* TestClock.adjust("90 seconds")
    assert.deepStrictEqual(yield* look({ book }), { row, age: 90_000 })
    const older = yield* Effect.flip(look({ book }, 8))
    assert.strictEqual(older._tag, "StoreUnavailable")
    assert.strictEqual((yield* look({ book }, 7)).age, 90_000)
    const unseen = yield* Effect.flip(look({ book: { id: "other" } }))
    assert.strictEqual(unseen._tag, "StoreUnavailable")
    away = false
    assert.deepStrictEqual(yield* look({ book }), { row, age: 0 })
  })
)
