import type { JetStreamManager } from "@nats-io/jetstream"
import type { Board } from "#domain/model/index.ts"
import { rebuiltStreamName } from "./copies/rebuiltStream.ts"
import { findDamage } from "./findDamage.ts"
import { findStreamInfo, type LogState, readLogState } from "./logState.ts"
import { consumerWitnesses, type Witness, findWitnesses } from "./witnesses.ts"

export interface Comparison {
  /** Undefined where the log has no stream. */
  readonly state: LogState | undefined
  readonly witnesses: ReadonlyArray<Witness>
  readonly findings: ReadonlyArray<string>
}

/**
 * Compares the log with everything that knows a position of it. The log is read last, so that events appended meanwhile
 * do not look like a loss. Rejects when a leader does not respond.
 */
export const compareLog = async (manager: JetStreamManager, board: Board.Any): Promise<Comparison> => {
  const derivedWitnesses = await findWitnesses(manager, board)
  const before = await readLogState(manager, board.name)
  const consumers = before === undefined ? [] : await consumerWitnesses(manager, board.name, before.identity)
  const unfinished = await findStreamInfo(manager, rebuiltStreamName(board))
  const allWitnesses = [...derivedWitnesses, ...consumers]
  const state = await readLogState(manager, board.name)
  const findings = [
    ...findDamage(state, allWitnesses),
    ...(unfinished ? ["a rebuild of it was started and did not finish; the same command resumes it"] : [])
  ]
  return { state, witnesses: allWitnesses, findings }
}
