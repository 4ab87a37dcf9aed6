import { KeyValue } from "#layers/KeyValue.ts"
import { bucketOf } from "#layers/runtime/followers.ts"
import { assert, layer } from "@effect/vitest"
import { Effect, Exit, Fiber, Option, Queue, Stream } from "effect"
import { library, shelf } from "../library/board.ts"
import type { Ground } from "../support/services.ts"

const open = Effect.map(KeyValue, ({ bucket }) => bucket(bucketOf(shelf)))

/** What buckets promise. */
export const keyValue = (ground: Ground) =>
  layer(ground.services(library), { excludeTestServices: true })(`KeyValue on ${ground.name}`, (it) => {
    it.effect("has nothing under a key that was never put", () =>
      Effect.gen(function* () {
        const bucket = yield* open
        assert.isTrue(Option.isNone(yield* bucket.get("none.such")))
        assert.strictEqual((yield* bucket.getTogether(["none.such", "nor.this"])).size, 0)
      })
    )

    it.effect("replaces only the value that was seen", () =>
      Effect.gen(function* () {
        const bucket = yield* open
        const first = yield* bucket.put("a.b", "one", 0)
        assert.deepStrictEqual(yield* bucket.get("a.b"), Option.some({ value: "one", revision: first }))
        const blind = yield* bucket.put("a.b", "two", 0).pipe(Effect.flip)
        assert.strictEqual(blind._tag, "RevisionChanged")
        const second = yield* bucket.put("a.b", "two", first)
        assert.isAbove(second, first)
        const late = yield* bucket.put("a.b", "three", first).pipe(Effect.flip)
        assert.strictEqual(late._tag, "RevisionChanged")
        assert.deepStrictEqual(yield* bucket.get("a.b"), Option.some({ value: "two", revision: second }))
        assert.deepStrictEqual(
          yield* bucket.getTogether(["a.b", "none.such"]),
          new Map([["a.b", { value: "two", revision: second }]])
        )
      })
    )

    it.effect("lets one of 64 have a revision", () =>
      Effect.gen(function* () {
        const bucket = yield* open
        const exits = yield* Effect.forEach(
          Array.from({ length: 64 }, (_, n) => n),
          (n) => Effect.exit(bucket.put("hot", String(n), 0)),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(exits.filter(Exit.isSuccess).length, 1)
      })
    )

    it.effect("shows watchers the value now and each later one, of that key alone", () =>
      Effect.gen(function* () {
        const bucket = yield* open
        const first = yield* bucket.put("seen", "one", 0)
        const values = yield* Queue.unbounded<string>()
        const watcher = yield* bucket.watch("seen").pipe(
          Stream.runForEach(({ value }) => Queue.offer(values, value)),
          Effect.forkChild
        )
        assert.strictEqual(yield* Queue.take(values), "one")
        yield* bucket.put("unseen", "x", 0)
        yield* bucket.put("seen", "two", first)
        assert.strictEqual(yield* Queue.take(values), "two")
        yield* Fiber.interrupt(watcher)
      })
    )
  })
