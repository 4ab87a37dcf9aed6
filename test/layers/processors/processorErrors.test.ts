import { assert, it } from "@effect/vitest"
import { Data, Effect, Fiber, References } from "effect"
import { TestClock } from "effect/testing"
import { ProcessorErrors } from "#layers/processors/ProcessorErrors.ts"
import { retryForever } from "#layers/processors/supervise.ts"

class Broken extends Data.TaggedError("Broken")<{ readonly message: string }> {}

it.effect("the error of a processor is recorded with its count, and marked as over after a success", () =>
  Effect.gen(function* () {
    const { all } = yield* ProcessorErrors
    const error = Effect.map(all, (errors) => errors.get("view Rooms"))
    assert.isUndefined(yield* error)
    let left = 3
    const work = Effect.suspend(() => (left-- > 0 ? Effect.fail(new Broken({ message: `${left} left` })) : Effect.void))
    const working = yield* Effect.forkChild(retryForever("view Rooms", work))
    yield* TestClock.adjust("1 milli")
    assert.deepInclude(yield* error, { message: "2 left", times: 1, over: false })
    yield* TestClock.adjust("1 minute")
    yield* Fiber.join(working)
    assert.deepInclude(yield* error, { message: "0 left", times: 3, over: true })
    left = 1
    yield* Effect.all([retryForever("view Rooms", work), TestClock.adjust("1 minute")], { concurrency: 2 })
    assert.deepInclude(yield* error, { times: 1, over: true })
  }).pipe(Effect.provide(ProcessorErrors.layer), Effect.provideService(References.MinimumLogLevel, "None"))
)
