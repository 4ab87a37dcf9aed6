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

/** Mutations in the proxy between app and server, and the invariant that each one violates. */
const mutations: ReadonlyArray<readonly [what: string, invariant: string, by: () => Mutation]> = [
  ["appends without an expected sequence", "I2", withoutVersionCheck],
  ["acknowledged appends that are dropped", "I1", () => trackSubscriptions(dropAppends())],
  ["events without their command's id", "I9", withoutCommandIds],
  ["incomplete batches", "I4", splitBatches],
  ["stale row writes without an expected revision", "I5", staleRowWrites]
]

describe("The checker finds in a real run", () => {
  for (const [what, invariant, by] of mutations) {
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
    "no violation without a mutation",
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
