import { assert, layer } from "@effect/vitest"
import { Effect, Exit, Fiber, Option, Queue, Stream } from "effect"
import { bucketOf, parkedBucket } from "#layers/buckets/bucketNames.ts"
import { KeyValue, maxValueBytes, type ValueTooLarge } from "#layers/services/KeyValue.ts"
import { library, shelf } from "#test/boards/libraryBoard.ts"
import type { Backend } from "#test/support/backends.ts"

const openBucket = Effect.map(KeyValue, ({ bucket }) => bucket(bucketOf(shelf)))

/** The guarantees of buckets. */
export const keyValue = (backend: Backend) =>
  layer(backend.services(library), { excludeTestServices: true })(`KeyValue on ${backend.name}`, (it) => {
    it.effect("has no value for a key that was never put", () =>
      Effect.gen(function* () {
        const bucket = yield* openBucket
        assert.isTrue(Option.isNone(yield* bucket.get("none.such")))
      })
    )

    it.effect("replaces only the value with the named revision", () =>
      Effect.gen(function* () {
        const bucket = yield* openBucket
        const first = yield* bucket.put("a.b", "one", 0)
        assert.deepStrictEqual(yield* bucket.get("a.b"), Option.some({ value: "one", revision: first }))
        const blind = yield* bucket.put("a.b", "two", 0).pipe(Effect.flip)
        assert.strictEqual(blind._tag, "RevisionChanged")
        const second = yield* bucket.put("a.b", "two", first)
        assert.isAbove(second, first)
        const late = yield* bucket.put("a.b", "three", first).pipe(Effect.flip)
        assert.strictEqual(late._tag, "RevisionChanged")
        assert.deepStrictEqual(yield* bucket.get("a.b"), Option.some({ value: "two", revision: second }))
      })
    )

    it.effect("replaces many values at once, each only with the named revision, also one that was removed", () =>
      Effect.gen(function* () {
        const bucket = yield* openBucket
        const there = yield* bucket.put("many.there", "one", 0)
        yield* bucket.put("many.gone", "one", 0)
        yield* bucket.remove("many.gone")
        const fresh = Array.from({ length: 1_500 }, (_, n) => ({ key: `many.${n}`, value: String(n), revision: 0 }))
        const all = [
          { key: "many.there", value: "two", revision: there },
          { key: "many.gone", value: "two", revision: 0 },
          ...fresh
        ]
        const revisions = yield* bucket.putAll(all)
        for (const { key, value } of all) {
          const revision = revisions[all.findIndex((row) => row.key === key)]
          assert.deepStrictEqual(yield* bucket.get(key), Option.some({ value, revision }))
        }
        const late = { key: "many.there", value: "three", revision: there }
        const changed = yield* Effect.flip(bucket.putAll([late]))
        assert.deepStrictEqual([changed._tag, yield* bucket.putAll([])], ["RevisionChanged", []])
        assert.strictEqual(Option.getOrThrow(yield* bucket.get("many.there")).value, "two")
      })
    )

    it.effect("rejects a value over the size limit, and all values put together with it", () =>
      Effect.gen(function* () {
        const bucket = yield* openBucket
        const maxValue = "ü".repeat(maxValueBytes / 2)
        const revision = yield* bucket.put("large", maxValue, 0)
        const key = "large"
        const rejected = yield* Effect.flip(bucket.put(key, `${maxValue}x`, revision))
        assert.deepInclude(rejected, { _tag: "ValueTooLarge", key, bytes: maxValueBytes + 1, maxBytes: maxValueBytes })
        assert.deepEqual(bucket.checkSize(key, `${maxValue}x`), rejected as ValueTooLarge)
        const small = { key: "small", value: "one", revision: 0 }
        const all = yield* Effect.flip(bucket.putAll([small, { key, value: `${maxValue}x`, revision }]))
        assert.strictEqual(all._tag, "ValueTooLarge")
        assert.isTrue(Option.isNone(yield* bucket.get("small")))
        assert.strictEqual(Option.getOrThrow(yield* bucket.get(key)).revision, revision)
        assert.isAbove(yield* bucket.put(key, maxValue, revision), revision)
        yield* bucket.remove(key)
      })
    )

    it.effect("accepts one of 64 concurrent puts with the same revision", () =>
      Effect.gen(function* () {
        const bucket = yield* openBucket
        const exits = yield* Effect.forEach(
          Array.from({ length: 64 }, (_, n) => n),
          (n) => Effect.exit(bucket.put("hot", String(n), 0)),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(exits.filter(Exit.isSuccess).length, 1)
      })
    )

    it.effect("lists matching entries up to a limit, and counts its keys", () =>
      Effect.gen(function* () {
        const bucket = yield* openBucket
        const before = yield* bucket.size
        const keys = ["l.1.a", "l.1.b", "l.2.a", "l.10.a", "l.1.a.x"]
        yield* Effect.forEach(keys, (key) => bucket.put(key, `of ${key}`, 0))
        assert.strictEqual(yield* bucket.size, before + keys.length)
        const found = Effect.fnUntraced(function* (patterns: ReadonlyArray<string>, limit = 100) {
          const { entries, more } = yield* bucket.list(patterns, limit)
          for (const { key, value } of entries) assert.strictEqual(value, `of ${key}`)
          return [entries.map(({ key }) => key).sort(), more] as const
        })
        assert.deepStrictEqual(yield* found(["l.1.*"]), [["l.1.a", "l.1.b"], false])
        assert.deepStrictEqual(yield* found(["l.*.a"]), [["l.1.a", "l.10.a", "l.2.a"], false])
        assert.deepStrictEqual(yield* found(["l.2.*", "l.10.a", "l.3.a"]), [["l.10.a", "l.2.a"], false])
        assert.deepStrictEqual(yield* found(["l.9.*"]), [[], false])
        const [some, more] = yield* found(["l.*.*"], 3)
        assert.deepStrictEqual([some.length, more], [3, true])
      })
    )

    it.effect("lists more entries than one response of the server", () =>
      Effect.gen(function* () {
        const bucket = yield* openBucket
        const keys = Array.from({ length: 2_100 }, (_, n) => `m.${n % 3}.${n}`)
        yield* Effect.forEach(keys, (key) => bucket.put(key, "x", 0), { concurrency: 64, discard: true })
        const all = yield* bucket.list(["m.*.*"], 5_000)
        assert.deepStrictEqual([new Set(all.entries.map(({ key }) => key)), all.more], [new Set(keys), false])
        const parts = yield* bucket.list(["m.0.*", "m.1.*"], 5_000)
        assert.deepStrictEqual([parts.entries.length, parts.more], [1_400, false])
        const some = yield* bucket.list(["m.*.*"], 1_500)
        assert.deepStrictEqual([some.entries.length, some.more], [1_500, true])
        const cut = yield* bucket.list(["m.0.*", "m.1.*"], 800)
        assert.deepStrictEqual([cut.entries.length, cut.more], [800, true])
      })
    )

    it.effect("delivers the current value and each later one to a watch of one key", () =>
      Effect.gen(function* () {
        const bucket = yield* openBucket
        const first = yield* bucket.put("watched", "one", 0)
        const values = yield* Queue.unbounded<string>()
        const watcher = yield* bucket.watch("watched").pipe(
          Stream.runForEach(({ value }) =>
            Queue.offer(
              values,
              Option.getOrElse(value, () => "gone")
            )
          ),
          Effect.forkChild
        )
        assert.strictEqual(yield* Queue.take(values), "one")
        yield* bucket.put("unwatched", "x", 0)
        yield* bucket.put("watched", "two", first)
        assert.strictEqual(yield* Queue.take(values), "two")
        yield* bucket.remove("watched")
        assert.strictEqual(yield* Queue.take(values), "gone")
        yield* Fiber.interrupt(watcher)
      })
    )

    it.effect("delivers the newest change of each key in order, also removals, to a watch of all keys", () =>
      Effect.gen(function* () {
        const bucket = (yield* KeyValue).bucket(parkedBucket)
        assert.strictEqual(yield* bucket.lastRevision, 0)
        yield* bucket.put("n.1", "one", 0)
        const two = yield* bucket.put("n.2", "two", 0)
        const three = yield* bucket.put("n.2", "three", two)
        const gone = yield* bucket.remove("n.1")
        assert.strictEqual(yield* bucket.lastRevision, gone)
        const changes = yield* bucket.watch(">").pipe(
          Stream.takeUntil(({ revision }) => revision === gone),
          Stream.runCollect
        )
        assert.deepStrictEqual(changes, [
          { key: "n.2", value: Option.some("three"), revision: three },
          { key: "n.1", value: Option.none(), revision: gone }
        ])
      })
    )

    it.effect("has no value for a removed key, and accepts a new one", () =>
      Effect.gen(function* () {
        const bucket = yield* openBucket
        const first = yield* bucket.put("back", "one", 0)
        yield* bucket.remove("back")
        assert.deepStrictEqual(yield* bucket.get("back"), Option.none())
        const late = yield* bucket.put("back", "two", first).pipe(Effect.flip)
        assert.strictEqual(late._tag, "RevisionChanged")
        const again = yield* bucket.put("back", "three", 0)
        assert.deepStrictEqual(yield* bucket.get("back"), Option.some({ value: "three", revision: again }))
        yield* bucket.clear
        assert.deepStrictEqual(yield* bucket.get("back"), Option.none())
      })
    )
  })
