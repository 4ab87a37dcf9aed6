import { Effect } from "effect"
import type { Entry } from "./history.ts"
import type { Plan } from "./Plan.ts"

interface Entries {
  readonly entries: ReadonlyArray<Entry>
}

/** The maximum factor by which a run is extended on a slow machine to inject the required kinds of faults. */
const maxExtensionFactor = 4

/** The number of kinds of faults that were injected and healed. */
export const countFaultKinds = ({ entries }: Entries): number =>
  new Set(entries.flatMap((entry) => (entry.type === "fault" ? [entry.name] : []))).size

/**
 * Waits while faults are injected: for the minutes of the plan, and longer if fewer kinds of faults than required were
 * injected by then, as on a loaded machine; at most four times as long.
 */
export const waitForFaults = (history: Entries, { kinds = 0, minutes }: Pick<Plan, "minutes" | "kinds">) =>
  Effect.sleep(minutes * 60_000).pipe(
    Effect.andThen(
      Effect.suspend(() => (countFaultKinds(history) < kinds ? Effect.sleep("1 second") : Effect.void)).pipe(
        Effect.repeat({ until: () => countFaultKinds(history) >= kinds }),
        Effect.timeoutOption(minutes * (maxExtensionFactor - 1) * 60_000)
      )
    ),
    Effect.asVoid
  )
