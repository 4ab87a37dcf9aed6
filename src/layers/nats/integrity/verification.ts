import type { JetStreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import type { Board } from "#domain/model/index.ts"
import * as Subject from "#layers/codec/Subject.ts"
import type { LogState } from "./logState.ts"
import { findUnreadable } from "./scanLog.ts"

/**
 * Number of newest positions that are read before the app serves anything, in a quarter of a second. The others are
 * read afterwards: a million would add five seconds to each start.
 */
export const defaultNewestCount = 50_000

/** Events per second that are read in the background, with a tenth of a CPU core. */
const perSecond = 25_000

/** The last position before the `newestCount` newest. */
export const lastOlderPosition = ({ last }: LogState, newestCount: number) => Math.max(0, last - newestCount)

/** The newest events that the server cannot read, at full speed. */
export const findUnreadableNewest = (
  nats: NatsConnection,
  manager: JetStreamManager,
  board: Board.Any,
  state: LogState | undefined,
  newestCount: number
) =>
  state === undefined || state.messages === 0
    ? Effect.succeed([])
    : findUnreadable(nats, manager, {
        stream: board.name,
        filter: Subject.logFilter(board),
        after: Math.max(state.first - 1, lastOlderPosition(state, newestCount)),
        upTo: state.last
      })

/** The events before the newest that the server cannot read, slowly. `onProgress` receives the position reached. */
export const findUnreadableOlder = (
  nats: NatsConnection,
  manager: JetStreamManager,
  board: Board.Any,
  state: LogState,
  newestCount: number,
  onProgress: (position: number) => void
) =>
  findUnreadable(
    nats,
    manager,
    {
      stream: board.name,
      filter: Subject.logFilter(board),
      after: Math.max(0, state.first - 1),
      upTo: lastOlderPosition(state, newestCount),
      perSecond
    },
    onProgress
  )
