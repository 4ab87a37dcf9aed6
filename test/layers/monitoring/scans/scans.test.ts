import { assert, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { bulkhead, Scans } from "#layers/monitoring/scans/Scans.ts"

/** Reads that run until they are let go, and how many of them run. */
const reads = Effect.gen(function* () {
  const release = yield* Deferred.make<void>()
  const seen = { running: 0, most: 0, ended: 0 }
  const read = Effect.suspend(() => {
    seen.most = Math.max(seen.most, ++seen.running)
    return Effect.ensuring(
      Deferred.await(release),
      Effect.sync(() => {
        seen.running--
        seen.ended++
      })
    )
  })
  return { read, release: Deferred.succeed(release, undefined), seen }
})

const fork = <A, E>(effect: Effect.Effect<A, E>, times: number) =>
  Effect.forEach(Array.from({ length: times }), () => Effect.forkChild(Effect.exit(effect)))

const tagsOf = (exits: ReadonlyArray<Exit.Exit<unknown, { readonly _tag: string }>>) =>
  exits.map((exit) => {
    if (Exit.isSuccess(exit)) return "done"
    return (exit.cause.reasons[0] as { readonly error?: { readonly _tag: string } }).error?._tag ?? "interrupted"
  })

const limits = { concurrency: 2, queue: 8, queueTimeout: "3 seconds" } as const

it.effect("two run, eight wait, and all others are refused, however many come", () =>
  Effect.gen(function* () {
    const { read, release, seen } = yield* reads
    const gate = bulkhead(limits)
    const fibers = yield* fork(gate(read), 64)
    yield* TestClock.adjust("1 second")
    assert.deepStrictEqual([seen.running, seen.ended], [2, 0])
    yield* release
    const tags = tagsOf(yield* Effect.forEach(fibers, (fiber) => Fiber.join(fiber)))
    assert.strictEqual(tags.filter((tag) => tag === "done").length, 10)
    assert.strictEqual(tags.filter((tag) => tag === "TooBusy").length, 54)
    assert.strictEqual(seen.most, 2)
    // All places are free again.
    const again = yield* fork(gate(read), 10)
    assert.deepStrictEqual(
      tagsOf(yield* Effect.forEach(again, (fiber) => Fiber.join(fiber))),
      Array.from({ length: 10 }, () => "done")
    )
  })
)

it.effect("whoever waits for too long is refused, and the place is another's", () =>
  Effect.gen(function* () {
    const { read, release, seen } = yield* reads
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
    assert.strictEqual(seen.most, 2)
  })
)

it.effect("whoever leaves ends their read at once, or their waiting", () =>
  Effect.gen(function* () {
    const { read, release, seen } = yield* reads
    const gate = bulkhead(limits)
    const fibers = yield* fork(gate(read), 10)
    yield* TestClock.adjust("1 second")
    assert.strictEqual(seen.running, 2)
    yield* Effect.forEach(fibers, (fiber) => Fiber.interrupt(fiber))
    assert.strictEqual(seen.running, 0)
    const again = yield* fork(gate(read), 10)
    yield* TestClock.adjust("1 second")
    assert.strictEqual(seen.running, 2)
    yield* release
    assert.deepStrictEqual(
      new Set(tagsOf(yield* Effect.forEach(again, (fiber) => Fiber.join(fiber)))),
      new Set(["done"])
    )
  })
)

it.effect("a scan that takes longer than ten seconds ends, and says what to ask instead", () =>
  Effect.gen(function* () {
    const scans = yield* Scans
    const { read, seen } = yield* reads
    const failure = yield* Effect.forkChild(Effect.flip(scans.long(read)))
    const reported = yield* Effect.forkChild(Effect.flip(scans.withProgress(read)))
    yield* TestClock.adjust("10 seconds")
    const tooLong = yield* Fiber.join(failure)
    assert.strictEqual(tooLong._tag, "ScanTooLong")
    assert.include(tooLong.message, "text/event-stream")
    assert.strictEqual(seen.running, 1)
    yield* TestClock.adjust("50 seconds")
    assert.strictEqual((yield* Fiber.join(reported))._tag, "ScanTooLong")
    assert.strictEqual(seen.running, 0)
  }).pipe(Effect.provide(Scans.layer))
)
