import { assert, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { bulkhead, Scans } from "#layers/monitoring/scans/Scans.ts"

/** Reads that run until they are released, and how many of them run. */
const reads = Effect.gen(function* () {
  const release = yield* Deferred.make<void>()
  const counts = { running: 0, maxRunning: 0, ended: 0 }
  const read = Effect.suspend(() => {
    counts.maxRunning = Math.max(counts.maxRunning, ++counts.running)
    return Effect.ensuring(
      Deferred.await(release),
      Effect.sync(() => {
        counts.running--
        counts.ended++
      })
    )
  })
  return { read, release: Deferred.succeed(release, undefined), counts }
})

const fork = <A, E>(effect: Effect.Effect<A, E>, times: number) =>
  Effect.forEach(Array.from({ length: times }), () => Effect.forkChild(Effect.exit(effect)))

const tagsOf = (exits: ReadonlyArray<Exit.Exit<unknown, { readonly _tag: string }>>) =>
  exits.map((exit) => {
    if (Exit.isSuccess(exit)) return "done"
    return (exit.cause.reasons[0] as { readonly error?: { readonly _tag: string } }).error?._tag ?? "interrupted"
  })

const limits = { concurrency: 2, queue: 8, queueTimeout: "3 seconds" } as const

it.effect("two reads run, eight wait, and all others fail with TooBusy", () =>
  Effect.gen(function* () {
    const { read, release, counts } = yield* reads
    const gate = bulkhead(limits)
    const fibers = yield* fork(gate(read), 64)
    yield* TestClock.adjust("1 second")
    assert.deepStrictEqual([counts.running, counts.ended], [2, 0])
    yield* release
    const tags = tagsOf(yield* Effect.forEach(fibers, (fiber) => Fiber.join(fiber)))
    assert.strictEqual(tags.filter((tag) => tag === "done").length, 10)
    assert.strictEqual(tags.filter((tag) => tag === "TooBusy").length, 54)
    assert.strictEqual(counts.maxRunning, 2)
    // All permits and queue slots are free again.
    const again = yield* fork(gate(read), 10)
    assert.deepStrictEqual(
      tagsOf(yield* Effect.forEach(again, (fiber) => Fiber.join(fiber))),
      Array.from({ length: 10 }, () => "done")
    )
  })
)

it.effect("a read that waits for too long fails with TooBusy, and frees its slot in the queue", () =>
  Effect.gen(function* () {
    const { read, release, counts } = yield* reads
    const gate = bulkhead(limits)
    yield* fork(gate(read), 2)
    const waiting = yield* fork(gate(read), 8)
    yield* TestClock.adjust("3 seconds")
    assert.deepStrictEqual(
      new Set(tagsOf(yield* Effect.forEach(waiting, (fiber) => Fiber.join(fiber)))),
      new Set(["TooBusy"])
    )
    const next = yield* fork(gate(read), 8)
    yield* TestClock.adjust("1 second")
    yield* release
    assert.deepStrictEqual(
      new Set(tagsOf(yield* Effect.forEach(next, (fiber) => Fiber.join(fiber)))),
      new Set(["done"])
    )
    assert.strictEqual(counts.maxRunning, 2)
  })
)

it.effect("an interrupted read ends at once, or leaves the queue", () =>
  Effect.gen(function* () {
    const { read, release, counts } = yield* reads
    const gate = bulkhead(limits)
    const fibers = yield* fork(gate(read), 10)
    yield* TestClock.adjust("1 second")
    assert.strictEqual(counts.running, 2)
    yield* Effect.forEach(fibers, (fiber) => Fiber.interrupt(fiber))
    assert.strictEqual(counts.running, 0)
    const again = yield* fork(gate(read), 10)
    yield* TestClock.adjust("1 second")
    assert.strictEqual(counts.running, 2)
    yield* release
    assert.deepStrictEqual(
      new Set(tagsOf(yield* Effect.forEach(again, (fiber) => Fiber.join(fiber)))),
      new Set(["done"])
    )
  })
)

it.effect("a scan ends after ten seconds, with an error that says what to request instead", () =>
  Effect.gen(function* () {
    const scans = yield* Scans
    const { read, counts } = yield* reads
    const failure = yield* Effect.forkChild(Effect.flip(scans.long(read)))
    const reported = yield* Effect.forkChild(Effect.flip(scans.withProgress(read)))
    yield* TestClock.adjust("10 seconds")
    const tooLong = yield* Fiber.join(failure)
    assert.strictEqual(tooLong._tag, "ScanTooLong")
    assert.include(tooLong.message, "text/event-stream")
    assert.strictEqual(counts.running, 1)
    yield* TestClock.adjust("50 seconds")
    assert.strictEqual((yield* Fiber.join(reported))._tag, "ScanTooLong")
    assert.strictEqual(counts.running, 0)
  }).pipe(Effect.provide(Scans.layer))
)
