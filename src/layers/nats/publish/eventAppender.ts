import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import { type Board, Boundary, Decision } from "#domain/model/index.ts"
import type { CloudEventCodec } from "#layers/codec/cloudEventCodec.ts"
import { encodeCommandMark } from "#layers/codec/commandMark.ts"
import { messageLimit, checkMessageSize } from "#layers/codec/messageLimits.ts"
import { storedEvents } from "#layers/codec/storedEvents.ts"
import * as Subject from "#layers/codec/Subject.ts"
import type { RequestFailed, Requests } from "#layers/nats/connection/Requests.ts"
import { ApiErrorCode, isConflict, type PublishRejected } from "#layers/nats/messages/apiErrors.ts"
import {
  DuplicateCommand,
  type MessageLimit,
  type AppendError,
  type EventLog,
  type ExpectedVersion,
  type MessageTooLarge,
  PrecedingAppendFailed,
  type QueuedAppend,
  VersionConflict
} from "#layers/services/EventLog.ts"
import type { Observations } from "#layers/services/Observer.ts"
import type { RecordedEvent, StoredEvent } from "#layers/services/RecordedEvent.ts"
import { makeGroupCommitter } from "./groupCommitter.ts"
import { type Guard, guardHeaders, type OutgoingMessage, type Write, encodeHeaders, publish } from "./publish.ts"
import { type WriteError, toWriteError } from "./writeErrors.ts"

/** A position that no event stream reaches. */
const unreachableSequence = Number.MAX_SAFE_INTEGER

/** The first message that is too large for the stream or the connection. */
const findTooLarge = (
  { guards = [], messages }: Write,
  stored: ReadonlyArray<StoredEvent>,
  limit: MessageLimit
): MessageTooLarge | undefined => {
  for (const [n, { event }] of stored.entries()) {
    const error = checkMessageSize(event._tag, messages[n]!, limit, guards[n]?.filter ?? "")
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
      ...guardHeaders(filter, unreachableSequence),
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
  const probeDuplicate = ({ guards: [guard] = [], messages: [first] }: Write) => probe(first!, guard!)

  /** The server does not report why an incomplete batch lacks a message; a probe of each message finds the error. */
  const failIncomplete = ({ guards: [guard] = [], messages }: Write, error: PublishRejected) =>
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
    if (error.isUnsent) return Effect.fail(new PrecedingAppendFailed())
    if (isConflict(error)) {
      const isInFlight = error.code === ApiErrorCode.wrongLastSequenceInFlight
      return Effect.fail(new VersionConflict({ streamId, isInFlight }))
    }
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

/** The queued append of this log, whose write the guards of further ones refer to. */
class QueuedEvents implements QueuedAppend {
  readonly events: ReadonlyArray<StoredEvent>
  readonly write: Write

  constructor(events: ReadonlyArray<StoredEvent>, write: Write) {
    this.events = events
    this.write = write
  }
}

/** The guards of an append: one for each expected event stream, with the last of the messages that it gets. */
const guardsOf = (
  board: Board.Any,
  expected: ReadonlyArray<ExpectedVersion>,
  stored: ReadonlyArray<StoredEvent>
): ReadonlyArray<Guard> =>
  expected.map(({ streamId, version }) => {
    const text = Boundary.format(streamId)
    const lastIndex = stored.findLastIndex((each) => each.streamId === text)
    return {
      filter: Subject.streamFilter(board, streamId),
      position: "after" in version ? (version.after as QueuedEvents).write : version.position,
      lastIndex: lastIndex < 0 ? undefined : lastIndex
    }
  })

/** Appends events to the log, guarded by the filters of the expected event streams: all of them or none. */
export const makeEventAppender = (
  board: Board.Any,
  nats: NatsConnection,
  requests: Requests["Service"],
  codec: CloudEventCodec,
  onBatch?: Observations["onBatch"]
): EventLog["Service"]["append"] => {
  const { commit } = makeGroupCommitter(nats, requests, {}, onBatch)
  const toAppendError = appendFailures(board, requests)
  const toStored = storedEvents(board)
  const check: OutgoingMessage = { subject: Subject.checkSubject(board), headers: "", data: "" }

  /** The limit of the stream and of the connection, which may change with a reconnect. */
  const currentLimit = () => messageLimit(board.log, nats.info?.max_payload)

  /** A message that marks a command, and the guard that accepts its id only once. */
  const markOf = (commandId: string, before: number) => {
    const subject = Subject.commandMarkSubject(board, commandId)
    const message: OutgoingMessage = { subject, headers: "", data: encodeCommandMark(before) }
    return { message, guard: { filter: subject, position: 0, lastIndex: before } }
  }

  return (expected, events, metadata, { marksCommand = false, onQueued } = {}) => {
    const { command, commandId } = metadata
    const stored = toStored(expected, events, metadata)
    const guards = guardsOf(board, expected, stored)
    const encoded = stored.map((each): OutgoingMessage => ({
      id: each.id,
      subject: each.subject,
      ...codec.encode(each)
    }))
    // A guard needs a message of its own.
    const checks = Array.from({ length: Math.max(0, guards.length - encoded.length) }, () => check)
    const messages = [...encoded, ...checks]
    const mark = marksCommand ? markOf(commandId, messages.length) : undefined
    const write: Write = mark
      ? { messages: [...messages, mark.message], guards: [...guards, mark.guard] }
      : { messages, guards }
    const count = write.messages.length
    if (count > Decision.maxEvents) return Effect.fail(new Decision.TooManyEvents({ command, count }))
    const error = findTooLarge(write, stored, currentLimit())
    if (error) return Effect.fail(error)
    return Effect.matchEffect(commit(write, onQueued && ((queued) => onQueued(new QueuedEvents(stored, queued)))), {
      onFailure: (error) => toAppendError(write, Boundary.format(expected[0]!.streamId), commandId, error),
      onSuccess: ({ seq, duplicate }) =>
        duplicate
          ? Effect.fail(new DuplicateCommand({ commandId, position: seq }))
          : Effect.succeed(stored.map((each, n): RecordedEvent => ({ ...each, position: seq - count + 1 + n })))
    })
  }
}
