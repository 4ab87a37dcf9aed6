import { assert, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Schedule } from "effect"
import { TestClock } from "effect/testing"
import { upToElapsed } from "#layers/timing/upToElapsed.ts"
import { steppedClock } from "#test/support/steppedClock.ts"

for (const [direction, millis] of [
  ["back", -3_600_000],
  ["forward", 3_600_000]
] as const)
  it.effect(`a limit of three seconds lasts three seconds, even if the clock is set ${direction} by an hour`, () =>
    Effect.gen(function* () {
      const { clock, step } = yield* steppedClock
      let tries = 0
      const trying = yield* Effect.suspend(() => Effect.fail(++tries)).pipe(
        Effect.retry(Schedule.spaced("1 second").pipe(upToElapsed("3 seconds"))),
        Effect.exit,
        Effect.provideService(Clock.Clock, clock),
        Effect.forkChild
      )
      yield* TestClock.adjust("1 second")
      yield* step(millis)
      yield* TestClock.adjust("1500 millis")
      assert.strictEqual(tries, 3)
      assert.isUndefined(trying.pollUnsafe(), "it ended early")
      yield* TestClock.adjust("10 seconds")
      assert.isDefined(trying.pollUnsafe(), "it went on")
      assert.isAtMost(tries, 5)
      yield* Fiber.join(trying)
    })
  )
