import type { Effect } from "effect"
import type { LogUnavailable } from "#layers/services/EventLog.ts"
import type { BufferedRow } from "./rowFolder.ts"
import type { RowIntegrity } from "./RowIntegrity.ts"

/** Tells which stored rows events can be folded into, and folds the other rows from the log up to a position. */
export interface RowSource {
  readonly integrity: RowIntegrity
  readonly foldBefore: (
    paths: ReadonlySet<string>,
    position: number
  ) => Effect.Effect<ReadonlyMap<string, BufferedRow>, LogUnavailable>
}
