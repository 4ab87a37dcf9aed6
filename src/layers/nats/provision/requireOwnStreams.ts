import { jetstreamManager } from "@nats-io/jetstream"
import { Data, Effect } from "effect"
import type { Board } from "#domain/model/index.ts"
import { Nats } from "#layers/nats/connection/Nats.ts"
import { findInfo } from "./ensureStream.ts"
import { leaderElectionRetry } from "./provision.ts"
import { toNotProvisioned } from "./provisionErrors.ts"
import { auditStreamSpec } from "./streamSpecs.ts"

/** The server, or the account, has the streams of another board. */
export class OtherBoard extends Data.TaggedError("OtherBoard")<{ readonly board: string; readonly other: string }> {
  override get message() {
    return (
      `NATS has the streams of the board ${this.other}, and ${this.board} needs streams of the same names, such as audit. ` +
      "Nothing was changed. Give each board a server or an account of its own (NATS_URL), or a data folder (DATA_DIR)."
    )
  }
}

/**
 * Fails if the audit is of another board, whose copies would end if this board's declaration replaced it. Waits for a cluster
 * to elect its leaders.
 */
export const requireOwnStreams = Effect.fnUntraced(
  function* (board: Board.Any, replicas: number) {
    const nats = yield* Nats
    const failure = toNotProvisioned("JetStream")
    const manager = yield* Effect.tryPromise({ try: () => jetstreamManager(nats), catch: failure })
    const spec = auditStreamSpec(board, replicas)
    const existing = yield* findInfo(`stream ${spec.name}`, () => manager.streams.info(spec.name))
    const own = new Set(spec.sources?.map(({ name }) => name))
    const other = existing?.config.sources?.find(({ name }) => !own.has(name))
    if (other) return yield* new OtherBoard({ board: board.name, other: other.name })
  },
  Effect.retry({
    schedule: leaderElectionRetry,
    while: (error) => error._tag === "NotProvisioned" && error.isTransient
  })
)
