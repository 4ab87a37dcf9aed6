import { assert } from "@effect/vitest"
import { Arbitrary, Effect, Fiber, Option, Queue, Result, Schema, Stream } from "effect"
import { bucketOf } from "#layers/buckets/bucketNames.ts"
import { type Entry, KeyValue } from "#layers/services/KeyValue.ts"
import { shelf } from "#test/boards/libraryBoard.ts"

const Key = Schema.Literals([0, 1, 2])
const Get = Schema.TaggedStruct("get", { key: Key })
const Put = Schema.TaggedStruct("put", {
  key: Key,
  /** Rows are JSON, which has no unpaired surrogates. */
  value: Schema.String.check(Schema.isPattern(/^[^\ud800-\udfff]*$/u)),
  /** The named revision: the current one, the previous one, another key's, or none. */
  revision: Schema.Literals(["current", "current", "current", "previous", "other", "none"])
})

const Operation = Schema.Union([Get, Put, Put, Put])
export const anyOperations = Arbitrary.array(Arbitrary.schema(Operation), { minLength: 1, maxLength: 40 })

let runs = 0

/** The model of a bucket: a map whose entries are replaced by a put with the current revision. */
export const behavesAsAMap = (operations: ReadonlyArray<typeof Operation.Type>) =>
  Effect.gen(function* () {
    const bucket = (yield* KeyValue).bucket(bucketOf(shelf))
    const run = ++runs
    const keys = [0, 1, 2].map((key) => `m${run}.${key}`)
    const map = new Map<string, Array<Entry>>(keys.map((key) => [key, []]))
    const current = (key: string) => map.get(key)!.at(-1)
    let newest = 0

    const put = Effect.fnUntraced(function* ({ key: nth, revision, value }: typeof Put.Type) {
      const key = keys[nth]!
      const named = {
        current: current(key)?.revision ?? 0,
        previous: map.get(key)!.at(-2)?.revision ?? 0,
        other: current(keys[(nth + 1) % 3]!)?.revision ?? 0,
        none: 0
      }[revision]
      const outcome = yield* Effect.result(bucket.put(key, value, named))
      const isCurrent = named === (current(key)?.revision ?? 0)
      if (Result.isFailure(outcome)) {
        assert.strictEqual(outcome.failure._tag, "RevisionChanged")
        return assert.isFalse(isCurrent)
      }
      assert.isTrue(isCurrent, "a value was replaced without its revision")
      assert.isAbove(outcome.success, newest)
      newest = outcome.success
      map.get(key)!.push({ value, revision: newest })
    })

    const get = (key: string) =>
      Effect.map(bucket.get(key), (entry) => assert.deepStrictEqual(entry, Option.fromUndefinedOr(current(key))))

    const middle = operations.length >> 1
    for (const operation of operations.slice(0, middle)) {
      yield* operation._tag === "get" ? get(keys[operation.key]!) : put(operation)
    }
    const revisionsBefore = new Map(keys.map((key) => [key, current(key)?.revision ?? 0]))
    const watchers = yield* Effect.forEach(keys, (key) =>
      Effect.gen(function* () {
        const received = yield* Queue.unbounded<Entry>()
        const fiber = yield* Effect.forkChild(
          Stream.runForEach(bucket.watch(key), ({ revision, value }) =>
            Queue.offer(received, { value: Option.getOrThrow(value), revision })
          )
        )
        return { key, received, fiber }
      })
    )
    for (const operation of operations.slice(middle)) {
      yield* operation._tag === "get" ? get(keys[operation.key]!) : put(operation)
    }
    for (const { fiber, key, received } of watchers) {
      yield* get(key)
      const newest = current(key)?.revision
      const entries: Array<Entry> = []
      while (entries.at(-1)?.revision !== newest) entries.push(yield* Queue.take(received))
      yield* Fiber.interrupt(fiber)
      const later = map.get(key)!.filter(({ revision }) => revision >= revisionsBefore.get(key)!)
      assert.isTrue(isWithin(entries, later), JSON.stringify({ entries, later }))
    }
  })

/** Whether `some` is a subsequence of `all`. A watch may miss values that were replaced before it began. */
const isWithin = (some: ReadonlyArray<Entry>, all: ReadonlyArray<Entry>) => {
  let from = 0
  return some.every(({ revision, value }) => {
    const at = all.findIndex((entry, n) => n >= from && entry.revision === revision && entry.value === value)
    from = at + 1
    return at >= 0
  })
}
