import { Effect } from "effect"
import type { Decision } from "#domain/model/index.ts"
import type { EventLog } from "#layers/services/EventLog.ts"
import type { Ids } from "#layers/services/Ids.ts"
import { type CommandInvocation, decider, isEvents } from "./decider.ts"
import type { rowKeyChecker } from "./rowKeys.ts"
import { StateCache } from "./StateCache.ts"
import { stateLoader } from "./stateLoader.ts"
import type { StateSnapshots } from "./stateSnapshots.ts"

/** Decides a command on the current state in the log. Writes nothing. */
export const dryRunner = (
  log: EventLog["Service"],
  ids: Ids["Service"],
  snapshots: StateSnapshots,
  check: Decision.Checker,
  checkRowKeys: ReturnType<typeof rowKeyChecker>
) => {
  const { decideOn } = decider(ids)
  return Effect.fnUntraced(function* (invocation: CommandInvocation) {
    const { command, streams } = invocation
    const { load } = stateLoader(log, new StateCache(1), { ...snapshots, saveIfDue: () => Effect.void })
    const { decision } = yield* decideOn(
      invocation,
      load(streams, () => 0)
    )
    const error = check(command, streams.guarded, decision)
    if (error) return yield* error
    if (isEvents(decision)) yield* Effect.fromResult(checkRowKeys(decision))
    return decision
  })
}
