import type { JetStreamManager } from "@nats-io/jetstream"
import type { Board } from "#domain/model/index.ts"
import { findDamage } from "./findDamage.ts"
import { findStreamInfo, type LogState, readLogState } from "./logState.ts"
import { rebuiltStreamName } from "./rebuiltStream.ts"
import { consumerWitnesses, type Witness, findWitnesses } from "./witnesses.ts"

export interface Comparison {
  /** Undefined where the log has no stream. */
  readonly state: LogState | undefined
  readonly witnesses: ReadonlyArray<Witness>
  readonly findings: ReadonlyArray<string>
}

/**
 * The log beside everything that knows how far it was. The log comes last: what is appended meanwhile is no loss.
 * Rejects when a leader does not answer.
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
    ...(unfinished ? ["a rebuild of it was begun and has not ended; the same command goes on with it"] : [])
  ]
  return { state, witnesses: allWitnesses, findings }
}
