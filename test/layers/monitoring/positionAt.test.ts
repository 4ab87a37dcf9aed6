import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { positionAt } from "#layers/monitoring/history/positionAt.ts"
import { bareLogMessage } from "#test/support/bareLogMessage.ts"

const Step = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3 }))

it.effect.prop(
  "an instant stands for the last position that was stored by then",
  [
    Schema.Array(Step).check(Schema.isMaxLength(200)),
    Schema.Int.check(Schema.isBetween({ minimum: -2, maximum: 620 }))
  ],
  ([steps, instant]) =>
    Effect.gen(function* () {
      let time = 0
      const messages = steps.map((step, n) => ({ ...bareLogMessage(n + 1), storedAt: (time += step) }))
      let reads = 0
      const readPage = (after: number, upTo: number) => Effect.sync(() => (reads++, messages.slice(after, upTo)))
      const expected = messages.findLastIndex(({ storedAt }) => storedAt <= instant) + 1
      assert.strictEqual(yield* positionAt({ readPage }, messages.length, instant), expected)
      assert.isAtMost(reads, Math.ceil(Math.log2(messages.length + 1)))
    })
)
