import type { JetStreamManager } from "@nats-io/jetstream"
import { Effect } from "effect"
import type { Board } from "#domain/model/index.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { auditStream } from "#layers/nats/publish/auditTrimming.ts"
import { reasonOf } from "#layers/services/errorMessage.ts"
import { messageAt, originIn, sourceHeader } from "./sourcedCopies.ts"

/** A full copy takes nothing, however often it is told to. */
const fullFrom = 0.98

/**
 * Has the server go on copying the log into lanes and audit. A copy that was full goes on by itself once it has room, mostly:
 * nats-server 2.15.1 was seen to stop for good, or to leave out the last messages, where several found no room at once. So a
 * copy that has room, is behind, and has not moved since the last look is told from where to go on.
 */
export const copies = (manager: JetStreamManager, board: Board.Any) => {
  const all = [
    { stream: auditStream, of: Subject.ofLog(board), as: "audit.accepted.>" },
    ...board.lanes.map((lane) => ({ stream: lane.name, of: Subject.ofLane(board, lane), as: ">" }))
  ]
  const seen = new Map<string, number>()

  const lastOf = (stream: string, subject: string) => messageAt(manager, stream, { last_by_subj: subject })

  /** Answers with the position behind which it was told to go on, if it was. */
  const look = async ({ as, of, stream }: (typeof all)[number]): Promise<number | undefined> => {
    const { config, state } = await manager.streams.info(stream)
    const newest = (await lastOf(board.name, of))?.seq ?? 0
    const last = await lastOf(stream, as)
    // Where all messages of a copy have expired, its last position is unknown.
    if (last === null && state.last_seq > 0) return undefined
    const copied = originIn(last?.header.get(sourceHeader) ?? "")?.position ?? 0
    const isBehind = copied < newest && state.bytes < config.max_bytes * fullFrom
    const isStill = seen.get(stream) === copied
    seen.set(stream, copied)
    if (!isBehind || !isStill) return undefined
    const sources = config.sources?.map((source) =>
      source.name === board.name ? { ...source, opt_start_seq: copied + 1 } : source
    )
    await manager.streams.update(stream, { ...config, sources: sources ?? [] })
    return copied
  }

  return Effect.forEach(
    all,
    (copy) =>
      Effect.tryPromise({ try: () => look(copy), catch: reasonOf }).pipe(
        Effect.tap((from) =>
          from === undefined
            ? Effect.void
            : Effect.logWarning(`${copy.stream} stood still behind position ${from} of the log; it was told to go on.`)
        )
      ),
    { discard: true }
  )
}
