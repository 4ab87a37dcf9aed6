import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import type { Entry } from "../../chaos/history.ts"
import { countFaultKinds, waitForFaults } from "../../chaos/waitForFaults.ts"

const fault = (name: string) => ({ type: "fault", t: 0, until: 1, name, about: "" }) satisfies Entry

/** The seconds for which a run of a minute injects faults, if each kind of fault takes `secondsEach`. */
const faultSeconds = Effect.fnUntraced(function* (kinds: number, secondsEach: number) {
  const entries: Array<Entry> = []
  const waiting = yield* Effect.forkChild(waitForFaults({ entries }, { minutes: 1, kinds }))
  let seconds = 0
  while (waiting.pollUnsafe() === undefined) {
    yield* TestClock.adjust("1 second")
    if (++seconds % secondsEach === 0) entries.push(fault(`fault ${seconds}`), fault(`fault ${seconds}`))
  }
  yield* Fiber.join(waiting)
  return { seconds, made: countFaultKinds({ entries }) }
})

describe("A run injects faults", () => {
  it.effect("for its minutes, if there were enough kinds by then", () =>
    Effect.gen(function* () {
      for (const [kinds, secondsEach] of [
        [3, 20],
        [0, 1_000]
      ] as const) {
        const { seconds } = yield* faultSeconds(kinds, secondsEach)
        assert.isAtLeast(seconds, 60)
        assert.isAtMost(seconds, 62)
      }
    })
  )

  it.effect("longer on a slow machine, until there were enough kinds", () =>
    Effect.gen(function* () {
      const { made, seconds } = yield* faultSeconds(5, 30)
      assert.strictEqual(made, 5)
      assert.isAtLeast(seconds, 150)
      assert.isAtMost(seconds, 155)
    })
  )

  it.effect("for at most four times as long", () =>
    Effect.gen(function* () {
      const { made, seconds } = yield* faultSeconds(50, 30)
      assert.isBelow(made, 50)
      assert.isAtMost(seconds, 241)
    })
  )
})
