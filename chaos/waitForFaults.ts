import { Effect } from "effect"
import type { Entry } from "./history.ts"
import type { Plan } from "./Plan.ts"

interface Entries {
  readonly entries: ReadonlyArray<Entry>
}

/** A slow machine gets so many times the minutes of a plan to make the faults that it asks for. */
const maxExtensionFactor = 4

/** How many kinds of faults have been made and healed. */
export const countFaultKinds = ({ entries }: Entries): number =>
  new Set(entries.flatMap((entry) => (entry.type === "fault" ? [entry.name] : []))).size

/**
 * Waits while things break: for the minutes of the plan, and where fewer kinds of faults were made by then than it asks for,
 * as on a loaded machine, until they are, or for four times as long.
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
