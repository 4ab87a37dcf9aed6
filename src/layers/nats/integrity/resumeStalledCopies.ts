import type { JetStreamManager } from "@nats-io/jetstream"
import { Effect } from "effect"
import type { Board } from "#domain/model/index.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { auditStream } from "#layers/nats/publish/auditTrimmer.ts"
import { errorMessage } from "#layers/services/errorMessage.ts"
import { messageAt, parseCopyOrigin, sourceHeader } from "./copiedMessages.ts"

/** A full copy takes nothing, however often it is told to. */
const fullFillRatio = 0.98

/**
 * Has the server go on copying the log into lanes and audit. A copy that was full goes on by itself once it has room, mostly:
 * nats-server 2.15.1 was seen to stop for good, or to leave out the last messages, where several found no room at once. So a
 * copy that has room, is behind, and has not moved since the last look is told from where to go on.
 */
export const resumeStalledCopies = (manager: JetStreamManager, board: Board.Any) => {
  const derivedStreams = [
    { stream: auditStream, of: Subject.logFilter(board), as: "audit.accepted.>" },
    ...board.lanes.map((lane) => ({ stream: lane.name, of: Subject.laneFilter(board, lane), as: ">" }))
  ]
  const lastCopied = new Map<string, number>()

  const lastMessageOn = (stream: string, subject: string) => messageAt(manager, stream, { last_by_subj: subject })

  /** Answers with the position behind which it was told to go on, if it was. */
  const resumeIfStalled = async ({ as, of, stream }: (typeof derivedStreams)[number]): Promise<number | undefined> => {
    const { config, state } = await manager.streams.info(stream)
    const lastLogPosition = (await lastMessageOn(board.name, of))?.seq ?? 0
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
            : Effect.logWarning(`${copy.stream} stood still behind position ${from} of the log; it was told to go on.`)
        )
      ),
    { discard: true }
  )
}
