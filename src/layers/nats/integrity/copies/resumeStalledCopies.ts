import type { JetStreamManager } from "@nats-io/jetstream"
import { Effect } from "effect"
import type { Board } from "#domain/model/index.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { messageAt, parseCopyOrigin, sourceHeader } from "#layers/nats/provision/copies/copiedMessages.ts"
import { auditStream } from "#layers/nats/publish/auditTrimmer.ts"
import { errorMessage } from "#layers/services/errorMessage.ts"

/** A copy that is fuller has no room, so resuming it has no effect. */
const fullFillRatio = 0.98

/**
 * Makes the server continue to copy the log into lanes and audit. A copy that was full usually continues by itself once
 * it has room: nats-server 2.15.1 was seen to stop for good, or to leave out the last messages, when several copies had
 * no room at once. So a copy that has room, is behind, and has not moved since the last check gets a new start
 * position.
 */
export const resumeStalledCopies = (manager: JetStreamManager, board: Board.Any) => {
  const derivedStreams = [
    { stream: auditStream, of: Subject.originalFilters(board), as: "audit.accepted.>" },
    ...board.lanes.map((lane) => ({ stream: lane.name, of: [Subject.laneFilter(board, lane)], as: ">" }))
  ]
  const lastCopied = new Map<string, number>()

  const lastMessageOn = (stream: string, subject: string) => messageAt(manager, stream, { last_by_subj: subject })

  /** Returns the position after which a stalled copy resumes; undefined if the copy is not stalled. */
  const resumeIfStalled = async ({ as, of, stream }: (typeof derivedStreams)[number]): Promise<number | undefined> => {
    const { config, state } = await manager.streams.info(stream)
    const newest = await Promise.all(of.map((filter) => lastMessageOn(board.name, filter)))
    const lastLogPosition = Math.max(...newest.map((message) => message?.seq ?? 0))
    const last = await lastMessageOn(stream, as)
    // Where all messages of a copy have expired, its last position is unknown.
    if (last === null && state.last_seq > 0) return undefined
    const copiedPosition = parseCopyOrigin(last?.header.get(sourceHeader) ?? "")?.position ?? 0
    const isBehind = copiedPosition < lastLogPosition && state.bytes < config.max_bytes * fullFillRatio
    const isStalled = lastCopied.get(stream) === copiedPosition
    lastCopied.set(stream, copiedPosition)
    if (!isBehind || !isStalled) return undefined
    const sources = config.sources?.map((source) =>
      source.name === board.name ? { ...source, opt_start_seq: copiedPosition + 1 } : source
    )
    await manager.streams.update(stream, { ...config, sources: sources ?? [] })
    return copiedPosition
  }

  return Effect.forEach(
    derivedStreams,
    (copy) =>
      Effect.tryPromise({ try: () => resumeIfStalled(copy), catch: errorMessage }).pipe(
        Effect.tap((from) =>
          from === undefined
            ? Effect.void
            : Effect.logWarning(`${copy.stream} stopped copying the log after position ${from}; copying was resumed.`)
        )
      ),
    { discard: true }
  )
}
