import { assert } from "@effect/vitest"
import { Arbitrary, Effect, Fiber, Option, Queue, Result, Schema, Stream } from "effect"
import { bucketOf } from "#layers/services/bucketNames.ts"
import { type Entry, KeyValue } from "#layers/services/KeyValue.ts"
import { shelf } from "#test/boards/libraryBoard.ts"

const Key = Schema.Literals([0, 1, 2])
const Get = Schema.TaggedStruct("get", { key: Key })
const Put = Schema.TaggedStruct("put", {
  key: Key,
  /** Rows are JSON, which has no half characters. */
  value: Schema.String.check(Schema.isPattern(/^[^\ud800-\udfff]*$/u)),
  /** The revision that is named: the one of now, the one before, another key's, or none. */
  revision: Schema.Literals(["now", "now", "now", "before", "other", "none"])
})

const Operation = Schema.Union([Get, Put, Put, Put])
export const anyOperations = Arbitrary.array(Arbitrary.schema(Operation), { minLength: 1, maxLength: 40 })

let runs = 0

/** What a bucket is: a map, of which an entry is replaced by who names it as it is. */
export const behavesAsAMap = (operations: ReadonlyArray<typeof Operation.Type>) =>
  Effect.gen(function* () {
    const bucket = (yield* KeyValue).bucket(bucketOf(shelf))
    const run = ++runs
    const keys = [0, 1, 2].map((key) => `m${run}.${key}`)
    const map = new Map<string, Array<Entry>>(keys.map((key) => [key, []]))
    const now = (key: string) => map.get(key)!.at(-1)
    let newest = 0

    const put = Effect.fnUntraced(function* ({ key: nth, revision, value }: typeof Put.Type) {
      const key = keys[nth]!
      const named = {
        now: now(key)?.revision ?? 0,
        before: map.get(key)!.at(-2)?.revision ?? 0,
        other: now(keys[(nth + 1) % 3]!)?.revision ?? 0,
        none: 0
      }[revision]
      const answer = yield* Effect.result(bucket.put(key, value, named))
      const isSeen = named === (now(key)?.revision ?? 0)
      if (Result.isFailure(answer)) {
        assert.strictEqual(answer.failure._tag, "RevisionChanged")
        return assert.isFalse(isSeen)
      }
      assert.isTrue(isSeen, "what was not seen was replaced")
      assert.isAbove(answer.success, newest)
      newest = answer.success
      map.get(key)!.push({ value, revision: newest })
    })

    const get = (key: string) =>
      Effect.map(bucket.get(key), (entry) => assert.deepStrictEqual(entry, Option.fromUndefinedOr(now(key))))

    const middle = operations.length >> 1
    for (const operation of operations.slice(0, middle)) {
      yield* operation._tag === "get" ? get(keys[operation.key]!) : put(operation)
    }
    const known = new Map(keys.map((key) => [key, now(key)?.revision ?? 0]))
    const watchers = yield* Effect.forEach(keys, (key) =>
      Effect.gen(function* () {
        const seen = yield* Queue.unbounded<Entry>()
        const fiber = yield* Effect.forkChild(
          Stream.runForEach(bucket.watch(key), ({ revision, value }) =>
            Queue.offer(seen, { value: Option.getOrThrow(value), revision })
          )
        )
        return { key, seen, fiber }
      })
    )
    for (const operation of operations.slice(middle)) {
      yield* operation._tag === "get" ? get(keys[operation.key]!) : put(operation)
    }
    for (const { fiber, key, seen } of watchers) {
      yield* get(key)
      const newest = now(key)?.revision
      const entries: Array<Entry> = []
      while (entries.at(-1)?.revision !== newest) entries.push(yield* Queue.take(seen))
      yield* Fiber.interrupt(fiber)
      const later = map.get(key)!.filter(({ revision }) => revision >= known.get(key)!)
      assert.isTrue(isWithin(entries, later), JSON.stringify({ entries, later }))
    }
  })

/** Whether some entries are among all, in their order. A watcher may miss what was replaced before it looked. */
const isWithin = (some: ReadonlyArray<Entry>, all: ReadonlyArray<Entry>) => {
  let from = 0
  return some.every(({ revision, value }) => {
    const at = all.findIndex((entry, n) => n >= from && entry.revision === revision && entry.value === value)
    from = at + 1
    return at >= 0
  })
}
