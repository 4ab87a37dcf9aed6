import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { shortRun } from "#test/support/chaosRun.ts"
import { allViolations } from "../../chaos/checker/index.ts"
import { formatReport } from "../../chaos/report.ts"
import { countFaultKinds } from "../../chaos/waitForFaults.ts"

/** The minimum number of fault kinds for a meaningful run; single faults may not be possible when they are due. */
const minKinds = 12

/**
 * The maximum duration of a run in milliseconds on a loaded machine: four times its minutes, 90 s each for the start, for
 * the last answers and for quiescence, and the time to start, collect and end.
 */
const timeoutMillis = (minutes: number) => 4 * minutes * 60_000 + 3 * 90_000 + 180_000

describe("No acknowledged event is lost", () => {
  for (const [nodes, minutes] of [
    [1, 0.75],
    [3, 0.9]
  ] as const) {
    it.live(
      `on ${nodes === 1 ? "one node" : `${nodes} nodes`}, under any fault`,
      () =>
        Effect.gen(function* () {
          const report = yield* shortRun({ seed: 7, minutes, nodes, kinds: minKinds, pause: [0.2, 1], haste: 0.5 })
          const text = formatReport(report)
          assert.isEmpty(allViolations(report.verdicts), text)
          assert.isAtLeast(countFaultKinds({ entries: report.evidence.history }), minKinds, text)
        }),
      timeoutMillis(minutes)
    )
  }
})
