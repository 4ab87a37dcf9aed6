import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { tell } from "../../chaos/report.ts"
import { violationsIn } from "../../chaos/checker/index.ts"
import { shortRun } from "../support/chaos.ts"

/** What has to be broken for a run to say anything; some of it may not be possible at its moment. */
const fewestKinds = 12

describe("Nothing is lost", () => {
  for (const [nodes, minutes] of [
    [1, 0.75],
    [3, 0.9]
  ] as const) {
    it.live(
      `on ${nodes === 1 ? "one node" : `${nodes} nodes`}, whatever breaks`,
      () =>
        Effect.gen(function* () {
          const report = yield* shortRun({ seed: 7, minutes, nodes, pause: [0.2, 1], haste: 0.5 })
          const kinds = new Set(report.evidence.history.flatMap((e) => (e.type === "fault" ? [e.name] : [])))
          const told = tell(report)
          assert.isAtLeast(kinds.size, fewestKinds, told)
          assert.isEmpty(violationsIn(report.verdicts), told)
        }),
      400_000
    )
  }
})
