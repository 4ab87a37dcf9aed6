import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { shortRun } from "#test/support/chaosRun.ts"
import { allViolations } from "../../chaos/checker/index.ts"
import { formatReport } from "../../chaos/report.ts"
import { countFaultKinds } from "../../chaos/waitForFaults.ts"

/** What has to be broken for a run to say anything; some of it may not be possible at its moment. */
const fewestKinds = 12

/**
 * Milliseconds after which a run must have come to its verdict, however loaded the machine is: up to four times its minutes,
 * 90 s each for coming up, for the last answers and for coming to rest, and what it takes to start, read and end.
 */
const longest = (minutes: number) => 4 * minutes * 60_000 + 3 * 90_000 + 180_000

describe("Nothing is lost", () => {
  for (const [nodes, minutes] of [
    [1, 0.75],
    [3, 0.9]
  ] as const) {
    it.live(
      `on ${nodes === 1 ? "one node" : `${nodes} nodes`}, whatever breaks`,
      () =>
        Effect.gen(function* () {
          const report = yield* shortRun({ seed: 7, minutes, nodes, kinds: fewestKinds, pause: [0.2, 1], haste: 0.5 })
          const told = formatReport(report)
          assert.isEmpty(allViolations(report.verdicts), told)
          assert.isAtLeast(countFaultKinds({ entries: report.evidence.history }), fewestKinds, told)
        }),
      longest(minutes)
    )
  }
})
