import { assert, it } from "@effect/vitest"
import { Data, Effect, Fiber, References } from "effect"
import { TestClock } from "effect/testing"
import { ProcessorErrors } from "#layers/processors/ProcessorErrors.ts"
import { retryForever } from "#layers/processors/supervise.ts"

class Broken extends Data.TaggedError("Broken")<{ readonly message: string }> {}

it.effect("what goes wrong is noted until it goes well, and then that it did", () =>
  Effect.gen(function* () {
    const { all } = yield* ProcessorErrors
    const trouble = Effect.map(all, (troubles) => troubles.get("view Rooms"))
    assert.isUndefined(yield* trouble)
    let left = 3
    const work = Effect.suspend(() => (left-- > 0 ? Effect.fail(new Broken({ message: `${left} left` })) : Effect.void))
    const working = yield* Effect.forkChild(retryForever("view Rooms", work))
    yield* TestClock.adjust("1 milli")
    assert.deepInclude(yield* trouble, { message: "2 left", times: 1, over: false })
    yield* TestClock.adjust("1 minute")
    yield* Fiber.join(working)
    assert.deepInclude(yield* trouble, { message: "0 left", times: 3, over: true })
    left = 1
    yield* Effect.all([retryForever("view Rooms", work), TestClock.adjust("1 minute")], { concurrency: 2 })
    assert.deepInclude(yield* trouble, { times: 1, over: true })
  }).pipe(Effect.provide(ProcessorErrors.layer), Effect.provideService(References.MinimumLogLevel, "None"))
)
