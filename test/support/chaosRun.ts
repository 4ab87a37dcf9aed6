import { Effect } from "effect"
import type { Mutation } from "../../chaos/mutations.ts"
import { type Plan, defaultPlan } from "../../chaos/Plan.ts"
import type { Report } from "../../chaos/report.ts"
import { run } from "../../chaos/runPlan.ts"
import { serverBinary, temporaryFolder } from "./testServer.ts"

/** A short run with faults, on its own servers and apps. Its log is printed only if it fails. */
export const shortRun = (
  plan: Pick<Plan, "seed" | "minutes" | "nodes"> & Partial<Plan>,
  options: {
    readonly mutation?: Mutation
    readonly delayMillis?: number | undefined
    readonly settleTimeoutMillis?: number
  } = {}
): Effect.Effect<Report, unknown> =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const folder = yield* temporaryFolder
    return yield* run(
      { ...defaultPlan, rate: 60, sync: "2m", ...plan },
      { binary: yield* serverBinary, folder, log: (line) => void lines.push(line), ...options }
    ).pipe(Effect.onError(() => Effect.sync(() => console.error(lines.join("\n")))))
  }).pipe(Effect.scoped)
