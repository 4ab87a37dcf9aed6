import { Effect } from "effect"
import { run } from "../../chaos/chaos.ts"
import { type Plan, usual } from "../../chaos/Plan.ts"
import type { Report } from "../../chaos/report.ts"
import type { Sabotage } from "../../chaos/sabotage.ts"
import { serverBinary, temporaryFolder } from "./nats.ts"

/** A short run with faults, on servers and apps of its own. What it says on the way is printed only if it fails. */
export const shortRun = (
  plan: Pick<Plan, "seed" | "minutes" | "nodes"> & Partial<Plan>,
  options: { readonly sabotage?: Sabotage; readonly patience?: number } = {}
): Effect.Effect<Report, unknown> =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const folder = yield* temporaryFolder
    return yield* run(
      { ...usual, rate: 60, sync: "2m", ...plan },
      { binary: yield* serverBinary, folder, say: (line) => void lines.push(line), ...options }
    ).pipe(Effect.onError(() => Effect.sync(() => console.error(lines.join("\n")))))
  }).pipe(Effect.scoped)
