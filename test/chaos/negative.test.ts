import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { shortRun } from "#test/support/chaosRun.ts"
import { boardLoads } from "../../chaos/load/boardLoads.ts"
import {
  dropAppends,
  onlyFirstGuards,
  splitBatches,
  staleRowWrites,
  trackSubscriptions,
  type Mutation,
  withoutCommandIds,
  withoutVersionCheck
} from "../../chaos/mutations.ts"
import type { Plan } from "../../chaos/Plan.ts"

/** Many commands that contend for event streams at once, sent over a slow connection to both apps. */
const atOnce: Partial<Plan> = { only: ["batches-at-once"], pause: [0.2, 0.5], kinds: 1 }

/** Mutations in the proxy between app and server, the invariant that each one violates, and a plan that brings it out. */
const mutations: ReadonlyArray<
  readonly [what: string, invariant: string, by: () => Mutation, plan?: Partial<Plan>, delayMillis?: number]
> = [
  ["appends without an expected sequence", "I2", withoutVersionCheck],
  ["writes to several event streams that guard only one of them", "I2", onlyFirstGuards, atOnce, 40],
  ["events with copies whose event stream is not guarded", "I2", onlyFirstGuards, { ...atOnce, board: "courses" }, 40],
  ["acknowledged appends that are dropped", "I1", () => trackSubscriptions(dropAppends())],
  ["events without their command's id", "I9", withoutCommandIds],
  ["incomplete batches", "I4", splitBatches],
  ["stale row writes without an expected revision", "I5", staleRowWrites]
]

describe("The checker finds in a real run", () => {
  for (const [what, invariant, by, plan, delayMillis] of mutations) {
    it.live(
      what,
      () =>
        Effect.gen(function* () {
          const { verdicts } = yield* shortRun(
            { seed: 1, minutes: 4 / 60, nodes: 1, rate: 150, only: [], ...plan },
            { mutation: by(), settleTimeoutMillis: 8_000, delayMillis }
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

  for (const board of Object.keys(boardLoads)) {
    it.live(
      `no violation on the ${board} board without a mutation`,
      () =>
        Effect.gen(function* () {
          const { verdicts } = yield* shortRun({ board, seed: 1, minutes: 4 / 60, nodes: 1, rate: 150, only: [] })
          assert.deepStrictEqual(
            verdicts.flatMap(({ violations }) => violations),
            []
          )
        }),
      120_000
    )
  }
})
