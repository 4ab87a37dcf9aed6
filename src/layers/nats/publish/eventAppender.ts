import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import { Board, Boundary, Decision } from "#domain/model/index.ts"
import type { CloudEventCodec } from "#layers/codec/cloudEventCodec.ts"
import { messageLimit, checkMessageSize } from "#layers/codec/messageLimits.ts"
import * as Subject from "#layers/codec/Subject.ts"
import type { RequestFailed, Requests } from "#layers/nats/connection/Requests.ts"
import { ApiErrorCode, isConflict, type PublishRejected } from "#layers/nats/messages/apiErrors.ts"
import {
  DuplicateCommand,
  type MessageLimit,
  type AppendError,
  type MessageTooLarge,
  VersionConflict,
  type StreamVersion
} from "#layers/services/EventLog.ts"
import { deriveId } from "#layers/services/Ids.ts"
import type { DomainEvent, EventMetadata, RecordedEvent } from "#layers/services/RecordedEvent.ts"
import { makeGroupCommitter } from "./groupCommitter.ts"
import { type Guard, guardHeaders, type OutgoingMessage, type Write, encodeHeaders, publish } from "./publish.ts"
import { type WriteError, toWriteError } from "./writeErrors.ts"

/** A position that no event stream reaches. */
const unreachableSequence = Number.MAX_SAFE_INTEGER

/** The first event that is too large for the stream or the connection. */
const findTooLarge = (
  { messages, guard }: Write,
  events: ReadonlyArray<DomainEvent>,
  limit: MessageLimit
): MessageTooLarge | undefined => {
  for (const [n, message] of messages.entries()) {
    const error = checkMessageSize(events[n]!._tag, message, limit, guard!.filter)
    if (error) return error
  }
  return undefined
}

/** The errors of a failed append, by the server's error code. */
const appendFailures = (board: Board.Any, requests: Requests["Service"]) => {
  /**
   * Publishes a message alone, under a guard that cannot hold. Returns the position if the server has the message
   * already: three nodes check for a duplicate before the guard; one node does not report it.
   */
  const probe = (message: OutgoingMessage, { filter }: Guard): Effect.Effect<number | undefined, WriteError> => {
    const { id = "", subject, data } = message
    const headers = encodeHeaders(message, {
      ...guardHeaders({ filter, position: unreachableSequence }),
      "Nats-Msg-Id": id
    })
    return publish(requests, subject, data, headers).pipe(
      Effect.map(({ seq }) => seq),
      Effect.catch((error) =>
        error._tag === "PublishRejected" && isConflict(error)
          ? Effect.undefined
          : Effect.fail(toWriteError(error, board.name))
      )
    )
  }

  /** The server rejects a batch with a duplicate message without reporting its position. */
  const probeDuplicate = ({ messages: [first], guard }: Write) => probe(first!, guard!)

  /** The server does not report why an incomplete batch lacks a message; a probe of each message finds the error. */
  const failIncomplete = ({ messages, guard }: Write, error: PublishRejected) =>
    Effect.andThen(
      Effect.forEach(messages, (message) => probe(message, guard!), { concurrency: 16, discard: true }),
      Effect.fail(toWriteError(error, board.name))
    )

  return (
    write: Write,
    streamId: string,
    commandId: string,
    error: PublishRejected | RequestFailed
  ): Effect.Effect<never, AppendError> => {
    if (error._tag === "RequestFailed") return Effect.fail(toWriteError(error, board.name))
    if (isConflict(error)) return Effect.fail(new VersionConflict({ streamId }))
    switch (error.code) {
      case ApiErrorCode.batchHasDuplicate:
        return Effect.flatMap(probeDuplicate(write), (position) =>
          Effect.fail(new DuplicateCommand({ commandId, position }))
        )
      case ApiErrorCode.batchIncomplete:
        return failIncomplete(write, error)
      default:
        return Effect.fail(toWriteError(error, board.name))
    }
  }
}

/** Appends events to the log, guarded by the filter of their event stream: all of them or none. */
export const makeEventAppender = (
  board: Board.Any,
  nats: NatsConnection,
  requests: Requests["Service"],
  codec: CloudEventCodec
) => {
  const lanes = Board.laneOf(board)
  const { commit } = makeGroupCommitter(nats, requests)
  const toAppendError = appendFailures(board, requests)

  /** The limit of the stream and of the connection, which may change with a reconnect. */
  const currentLimit = () => messageLimit(board.log, nats.info?.max_payload)

  return (
    streamId: Boundary.StreamId,
    version: StreamVersion,
    events: ReadonlyArray<DomainEvent>,
    metadata: EventMetadata
  ): Effect.Effect<ReadonlyArray<RecordedEvent>, AppendError> => {
    const { command, commandId } = metadata
    if (events.length > Decision.maxEvents)
      return Effect.fail(new Decision.TooManyEvents({ command, count: events.length }))
    const streamIdText = Boundary.format(streamId)
    const recorded = events.map((event, n) => ({
      ...metadata,
      id: deriveId(`${commandId}/${n}`),
      subject: Subject.eventSubject(board, streamId, lanes.get(event._tag)!, event._tag),
      streamId: streamIdText,
      streamRevision: version.count + n + 1,
      event
    }))
    const write: Write = {
      messages: recorded.map((each) => ({ id: each.id, subject: each.subject, ...codec.encode(each) })),
      guard: { filter: Subject.streamFilter(board, streamId), position: version.position }
    }
    const error = findTooLarge(write, events, currentLimit())
    if (error) return Effect.fail(error)
    return Effect.matchEffect(commit(write), {
      onFailure: (error) => toAppendError(write, streamIdText, commandId, error),
      onSuccess: ({ seq, duplicate }) =>
        duplicate
          ? Effect.fail(new DuplicateCommand({ commandId, position: seq }))
          : Effect.succeed(
              recorded.map((each, n): RecordedEvent => ({ ...each, position: seq - events.length + 1 + n }))
            )
    })
  }
}
