import type { JetStreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import type { Board } from "#domain/model/index.ts"
import * as Subject from "#layers/codec/Subject.ts"
import type { LogState } from "./logState.ts"
import { unreadableIn } from "./scanLog.ts"

/**
 * The newest positions that are read before anything is served: a quarter of a second. The others are read afterwards, since
 * all of a million would add five seconds to each start.
 */
export const newestRead = 50_000

/** Events a second that are read in the background: a tenth of a processor. */
const perSecond = 25_000

/** The last position before the `newest`. */
export const endOfRest = ({ last }: LogState, newest: number) => Math.max(0, last - newest)

/** What the server cannot read of the newest events, at full speed. */
export const unreadableNewest = (
  nats: NatsConnection,
  manager: JetStreamManager,
  board: Board.Any,
  state: LogState | undefined,
  newest: number
) =>
  state === undefined || state.messages === 0
    ? Effect.succeed([])
    : unreadableIn(nats, manager, {
        stream: board.name,
        filter: Subject.ofLog(board),
        after: Math.max(state.first - 1, endOfRest(state, newest)),
        upTo: state.last
      })

/** What the server cannot read of the events before the newest, slowly. `progress`: the position that it has come to. */
export const unreadableRest = (
  nats: NatsConnection,
  manager: JetStreamManager,
  board: Board.Any,
  state: LogState,
  newest: number,
  progress: (position: number) => void
) =>
  unreadableIn(
    nats,
    manager,
    {
      stream: board.name,
      filter: Subject.ofLog(board),
      after: Math.max(0, state.first - 1),
      upTo: endOfRest(state, newest),
      perSecond
    },
    progress
  )
