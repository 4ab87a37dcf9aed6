import type { JetStreamManager } from "@nats-io/jetstream"
import type { Board } from "#domain/model/index.ts"
import { findingsOf } from "./findings.ts"
import { infoOf, type LogState, logStateOf } from "./logState.ts"
import { rebuiltStream } from "./rebuiltStream.ts"
import { consumersOf, type Witness, witnesses } from "./witnesses.ts"

export interface Comparison {
  /** Undefined where the log has no stream. */
  readonly state: LogState | undefined
  readonly witnesses: ReadonlyArray<Witness>
  readonly found: ReadonlyArray<string>
}

/**
 * The log beside everything that knows how far it was. The log comes last: what is appended meanwhile is no loss.
 * Rejects when a leader does not answer.
 */
export const compare = async (manager: JetStreamManager, board: Board.Any): Promise<Comparison> => {
  const known = await witnesses(manager, board)
  const before = await logStateOf(manager, board.name)
  const consumers = before === undefined ? [] : await consumersOf(manager, board.name, before.identity)
  const unfinished = await infoOf(manager, rebuiltStream(board))
  const all = [...known, ...consumers]
  const state = await logStateOf(manager, board.name)
  const found = [
    ...findingsOf(state, all),
    ...(unfinished ? ["a rebuild of it was begun and has not ended; the same command goes on with it"] : [])
  ]
  return { state, witnesses: all, found }
}
