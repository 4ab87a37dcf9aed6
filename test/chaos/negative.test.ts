import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { shortRun } from "#test/support/chaosRun.ts"
import {
  dropAppends,
  splitBatches,
  staleRowWrites,
  trackSubscriptions,
  type Mutation,
  withoutCommandIds,
  withoutVersionCheck
} from "../../chaos/mutations.ts"

/** What is broken between apps and server, and the promise that the checker must see broken by that. */
const sabotaged: ReadonlyArray<readonly [what: string, invariant: string, by: () => Mutation]> = [
  ["appends without a guard", "I2", withoutVersionCheck],
  ["acknowledged and thrown away", "I1", () => trackSubscriptions(dropAppends())],
  ["facts without their command's id", "I9", withoutCommandIds],
  ["halves of batches", "I4", splitBatches],
  ["rows that come late, and blindly", "I5", staleRowWrites]
]

describe("The checker sees", () => {
  for (const [what, invariant, by] of sabotaged) {
    it.live(
      what,
      () =>
        Effect.gen(function* () {
          const { verdicts } = yield* shortRun(
            { seed: 1, minutes: 4 / 60, nodes: 1, rate: 150, only: [] },
            { mutation: by(), settleTimeoutMillis: 8_000 }
          )
          const broken = verdicts.filter(({ violations }) => violations.length > 0)
          assert.include(
            broken.map(({ invariant: { name } }) => name),
            invariant
          )
          const [first] = broken.find(({ invariant: { name } }) => name === invariant)!.violations
          assert.isNotEmpty(first!.description)
        }),
      120_000
    )
  }

  it.live(
    "nothing where nothing is broken",
    () =>
      Effect.gen(function* () {
        const { verdicts } = yield* shortRun({ seed: 1, minutes: 4 / 60, nodes: 1, rate: 150, only: [] })
        assert.deepStrictEqual(
          verdicts.flatMap(({ violations }) => violations),
          []
        )
      }),
    120_000
  )
})
