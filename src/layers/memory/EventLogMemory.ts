import { randomUUID } from "node:crypto"
import { Array, Context, Effect, Layer, Option, SubscriptionRef } from "effect"
import { Board, Boundary, Decision } from "#domain/model/index.ts"
import { VoidedPositions } from "#layers/buckets/VoidedPositions.ts"
import { cloudEventCodec } from "#layers/codec/cloudEventCodec.ts"
import { duplicateWindowOf, messageLimit, checkMessageSize } from "#layers/codec/messageLimits.ts"
import * as Subject from "#layers/codec/Subject.ts"
import {
  DuplicateCommand,
  VersionConflict,
  EventLog,
  isUndecodable,
  type LogEntry,
  UndecodableEvent
} from "#layers/services/EventLog.ts"
import { deriveId } from "#layers/services/Ids.ts"
import type { RecordedEvent } from "#layers/services/RecordedEvent.ts"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"
import { recentIds } from "./recentIds.ts"

/** The entries of the log, shared with the other memory services. */
export class MemoryLog extends Context.Service<
  MemoryLog,
  {
    /** The entries that the board can decode. */
    readonly events: globalThis.Array<RecordedEvent>
    /** All entries, in order of position. */
    readonly messages: globalThis.Array<LogEntry>
    readonly length: SubscriptionRef.SubscriptionRef<number>
    /** Appends a message that the board cannot decode, as any client of a server can. Returns its position. */
    addUndecodable(subject: string): Effect.Effect<number>
  }
>()("layers/memory/MemoryLog") {
  static readonly layer = Layer.effect(
    MemoryLog,
    Effect.map(SubscriptionRef.make(0), (length) => {
      const messages: globalThis.Array<LogEntry> = []
      const addUndecodable = (subject: string) =>
        Effect.suspend(() => {
          const position = messages.length + 1
          const streamId = Subject.streamIdOf(subject)
          messages.push(
            new UndecodableEvent({ subject, streamId, position, reason: "its headers are not those of an event" })
          )
          return Effect.as(SubscriptionRef.set(length, position), position)
        })
      return { events: [], messages, length, addUndecodable }
    })
  )
}

/** The messages of the log by event stream. */
const makeStreams = ({ events, messages }: MemoryLog["Service"]) => {
  const eventsByStream = new Map<string, globalThis.Array<RecordedEvent>>()
  const eventsOf = (streamId: Boundary.StreamId) => eventsByStream.get(Boundary.format(streamId)) ?? []

  const undecodableIn = (streamId: Boundary.StreamId) => {
    if (messages.length === events.length) return []
    const formattedId = Boundary.format(streamId)
    return messages.filter((each) => isUndecodable(each)).filter((each) => each.streamId === formattedId)
  }

  return {
    eventsOf,
    undecodableIn,
    /** The position of the newest message of an event stream, undecodable ones included. */
    lastPositionIn: (streamId: Boundary.StreamId) =>
      Math.max(eventsOf(streamId).at(-1)?.position ?? 0, undecodableIn(streamId).at(-1)?.position ?? 0),
    /** Adds events at the end of the log. */
    add: (streamId: Boundary.StreamId, recorded: ReadonlyArray<RecordedEvent>) => {
      eventsByStream.set(Boundary.format(streamId), [...eventsOf(streamId), ...recorded])
      events.push(...recorded)
      messages.push(...recorded)
    }
  }
}

type Append = EventLog["Service"]["append"]

/** Makes events as the log stores them, after a position. */
const eventRecorder = (board: Board.Any) => {
  const lanes = Board.laneOf(board)
  return ([streamId, { count }, newEvents, metadata]: Parameters<Append>, after: number) =>
    newEvents.map((event, n): RecordedEvent => ({
      ...metadata,
      position: after + n + 1,
      id: deriveId(`${metadata.commandId}/${n}`),
      subject: Subject.eventSubject(board, streamId, lanes.get(event._tag)!, event._tag),
      streamId: Boundary.format(streamId),
      streamRevision: count + n + 1,
      event
    }))
}

/** The error of the first event of an event stream that is too large; undefined if all fit. */
const sizeChecker = (board: Board.Any) => {
  const codec = cloudEventCodec(board)
  const limit = messageLimit(board.log)
  return (streamId: Boundary.StreamId, recorded: ReadonlyArray<RecordedEvent>) => {
    const filter = Subject.streamFilter(board, streamId)
    for (const each of recorded) {
      const error = checkMessageSize(each.event._tag, codec.encode(each), limit, filter)
      if (error) return error
    }
    return undefined
  }
}

/** Selects entries by their types. */
const typeSelector = (board: Board.Any) => {
  const names = [...Board.laneOf(board).keys()]
  const typeOf = (entry: LogEntry) => (isUndecodable(entry) ? Subject.typeName(names, entry.subject) : entry.event._tag)
  return (types: ReadonlyArray<string>) => (entry: LogEntry) => types.includes(typeOf(entry))
}

/** A log in memory: the same guarantees, until the process ends. */
export const layer = (board: Board.Any) =>
  Layer.effect(
    EventLog,
    Effect.gen(function* () {
      const memoryLog = yield* MemoryLog
      const { length, messages } = memoryLog
      const voided = yield* VoidedPositions
      const identity = Effect.succeed(randomUUID() as string)
      const { add, eventsOf, lastPositionIn, undecodableIn } = makeStreams(memoryLog)
      const toRecorded = eventRecorder(board)
      const checkSizes = sizeChecker(board)
      const ids = recentIds(duplicateWindowOf(board.log))
      const hasType = typeSelector(board)

      const read = Effect.fnUntraced(function* (streamId: Boundary.StreamId) {
        for (const undecodable of undecodableIn(streamId)) {
          if (Option.isNone(yield* voided.find(undecodable, identity))) return yield* undecodable
        }
        const existing = eventsOf(streamId)
        return { events: [...existing], position: lastPositionIn(streamId), count: existing.length }
      })

      const append: Append = Effect.fnUntraced(function* (...appended) {
        const [streamId, expectedVersion, newEvents, { command, commandId }] = appended
        if (newEvents.length > Decision.maxEvents) {
          return yield* new Decision.TooManyEvents({ command, count: newEvents.length })
        }
        const now = yield* monotonicMillis
        // From here to the event's place in the log the fiber must not yield: another one could append there.
        const recorded = toRecorded(appended, messages.length)
        const sizeError = checkSizes(streamId, recorded)
        if (sizeError) return yield* sizeError
        if (lastPositionIn(streamId) !== expectedVersion.position)
          return yield* new VersionConflict({ streamId: Boundary.format(streamId) })
        const position = recorded.map(({ id }) => ids.find(id, now)).find((known) => known !== undefined)
        if (position !== undefined) return yield* new DuplicateCommand({ commandId, position })
        for (const { id, position } of recorded) ids.add(id, position, now)
        add(streamId, recorded)
        yield* SubscriptionRef.set(length, messages.length)
        return recorded
      })

      return {
        identity,
        history: identity,
        readAt: (position) => Effect.sync(() => Option.fromUndefinedOr(messages[position - 1])),
        read,
        readAll: (streamIds) => Effect.forEach(streamIds, read),
        append,
        replay: (types, after, upTo, handlePage) =>
          Effect.forEach(Array.chunksOf(messages.slice(after, upTo).filter(hasType(types)), 1000), handlePage, {
            discard: true
          }),
        readRange: (types, after, upTo) => Effect.sync(() => messages.slice(after, upTo).filter(hasType(types))),
        lastPosition: (types) =>
          Effect.sync(() =>
            types === undefined ? messages.length : (messages.findLast(hasType(types))?.position ?? 0)
          )
      }
    })
  )
