import { assert, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { progressKey } from "#layers/buckets/bucketNames.ts"
import * as Memory from "#layers/memory/memoryServices.ts"
import { encodeCheckpoint } from "#layers/processors/checkpointStore.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { type Bucket, KeyValue } from "#layers/services/KeyValue.ts"
import { openViewCheckpoint, type ProjectionCode } from "#layers/views/viewCheckpoint.ts"
import { library } from "#test/boards/libraryBoard.ts"

const name = "view Shelf"
let last = 0

const emptyBucket = Effect.gen(function* () {
  const log = yield* EventLog
  const bucket = (yield* KeyValue).bucket(`rows-${++last}`)
  return { log, bucket, begin: openViewCheckpoint(log, bucket, name) }
})

/** Does what another process does that finds no rows. */
const rebuild = (bucket: Bucket) =>
  Effect.gen(function* () {
    yield* bucket.clear
    yield* openViewCheckpoint(yield* EventLog, bucket, name)
  })

const test = (title: string, effect: Effect.Effect<void, unknown, EventLog | KeyValue>) =>
  it.effect(title, () => Effect.provide(effect, Memory.layer(library)))

test(
  "continues at the stored position, which never decreases",
  Effect.gen(function* () {
    const { begin } = yield* emptyBucket
    const [one, two] = [yield* begin, yield* begin]
    assert.strictEqual(yield* one.position, 0)
    yield* one.advance(7)
    yield* two.commit(5, Effect.void)
    assert.strictEqual(yield* two.position, 7)
    yield* two.commit(9, one.advance(8))
    assert.strictEqual(yield* one.position, 9)
    assert.strictEqual(yield* (yield* begin).position, 9)
  })
)

test(
  "commits no batch after another process has committed",
  Effect.gen(function* () {
    const { begin } = yield* emptyBucket
    const [one, two] = [yield* begin, yield* begin]
    yield* one.commit(5, Effect.void)
    yield* one.commit(6, Effect.void)
    yield* two.commit(9, Effect.void)
    let isApplied = false
    const apply = Effect.sync(() => void (isApplied = true))
    assert.strictEqual((yield* Effect.flip(one.commit(12, apply)))._tag, "FencedOut")
    assert.isFalse(isApplied)
    yield* two.commit(12, Effect.void)
    assert.strictEqual(yield* one.position, 12)
  })
)

test(
  "does not continue on rows that another process rebuilds, and changes none of them",
  Effect.gen(function* () {
    const { begin, bucket } = yield* emptyBucket
    const stale = yield* begin
    yield* stale.advance(7)
    yield* rebuild(bucket)
    let isApplied = false
    const apply = Effect.sync(() => void (isApplied = true))
    assert.strictEqual((yield* Effect.flip(stale.commit(8, apply)))._tag, "GenerationChanged")
    assert.isFalse(isApplied)
    assert.strictEqual((yield* Effect.flip(stale.advance(8)))._tag, "GenerationChanged")
    assert.strictEqual((yield* Effect.flip(stale.position))._tag, "GenerationChanged")
    assert.strictEqual(yield* (yield* begin).position, 0)
  })
)

test(
  "keeps the rows of a process that rebuilds them during a commit",
  Effect.gen(function* () {
    const { begin, bucket } = yield* emptyBucket
    const stale = yield* begin
    yield* stale.advance(7)
    const late = Effect.andThen(rebuild(bucket), Effect.asVoid(bucket.put("1", "the other's row", 0)))
    assert.strictEqual((yield* Effect.flip(stale.commit(8, late)))._tag, "GenerationChanged")
    assert.strictEqual(Option.getOrThrow(yield* bucket.get("1")).value, "the other's row")
    assert.strictEqual(yield* (yield* begin).position, 0)
  })
)

test(
  "keeps rows without a generation, and removes those of another log",
  Effect.gen(function* () {
    const { begin, bucket, log } = yield* emptyBucket
    const revision = yield* bucket.put(progressKey, encodeCheckpoint({ position: 7, log: yield* log.identity }), 0)
    assert.strictEqual(yield* (yield* begin).position, 7)
    const entry = Option.getOrThrow(yield* bucket.get(progressKey))
    assert.isAbove(entry.revision, revision)
    yield* bucket.put("1", "a row", 0)
    yield* bucket.put(progressKey, encodeCheckpoint({ position: 7, log: "another" }), entry.revision)
    assert.strictEqual(yield* (yield* begin).position, 0)
    assert.isTrue(Option.isNone(yield* bucket.get("1")))
  })
)

test(
  "drops the dead letters once for each rebuild, also of a bucket that was purged",
  Effect.gen(function* () {
    const { bucket, log } = yield* emptyBucket
    let dropped = 0
    const code: ProjectionCode = {
      fingerprint: "1",
      hasBegun: () => false,
      distrustReason: () => undefined,
      checkedRevision: () => 0,
      clearDeadLetters: Effect.sync(() => void dropped++)
    }
    const begin = openViewCheckpoint(log, bucket, name, code)
    yield* begin
    yield* begin
    assert.strictEqual(dropped, 1)
    yield* bucket.clear
    // Two processes find the purged bucket; the one that comes second must not drop what the first has dead-lettered since.
    yield* begin
    yield* begin
    assert.strictEqual(dropped, 2)
    yield* bucket.put(progressKey, "not a checkpoint", yield* bucket.lastRevision)
    yield* begin
    assert.strictEqual(dropped, 3)
  })
)
