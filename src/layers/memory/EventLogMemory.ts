import { randomUUID } from "node:crypto"
import { Array, Effect, Layer, Option, SubscriptionRef } from "effect"
import { Board, Boundary, Decision } from "#domain/model/index.ts"
import { VoidedPositions } from "#layers/buckets/VoidedPositions.ts"
import { cloudEventCodec } from "#layers/codec/cloudEventCodec.ts"
import { duplicateWindowOf, messageLimit, checkMessageSize } from "#layers/codec/messageLimits.ts"
import { storedEvents } from "#layers/codec/storedEvents.ts"
import * as Subject from "#layers/codec/Subject.ts"
import {
  DuplicateCommand,
  VersionConflict,
  EventLog,
  type ExpectedVersion,
  isUndecodable,
  type LogEntry,
  type QueuedAppend,
  type StreamRead
} from "#layers/services/EventLog.ts"
import type { RecordedEvent, StoredEvent } from "#layers/services/RecordedEvent.ts"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"
import { MemoryLog } from "./MemoryLog.ts"
import { recentIds } from "./recentIds.ts"

/** The messages of the log by event stream. */
const makeStreams = ({ events, messages }: MemoryLog["Service"]) => {
  const eventsByStream: Map<string, globalThis.Array<RecordedEvent>> = Map.groupBy(events, ({ streamId }) => streamId)
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
    add: (recorded: ReadonlyArray<RecordedEvent>) => {
      for (const each of recorded)
        eventsByStream.set(each.streamId, [...(eventsByStream.get(each.streamId) ?? []), each])
      events.push(...recorded)
      messages.push(...recorded)
    }
  }
}

type Append = EventLog["Service"]["append"]

/** The newest event of each type, oldest first. */
const newestOf = (events: ReadonlyArray<RecordedEvent>): ReadonlyArray<RecordedEvent> =>
  events.filter(({ event }, n) => events.findLastIndex((other) => other.event._tag === event._tag) === n)

/** The error of the first message of an append that is too large; undefined if all fit. */
const sizeChecker = (board: Board.Any) => {
  const codec = cloudEventCodec(board)
  const limit = messageLimit(board.log)
  return (expected: ReadonlyArray<ExpectedVersion>, recorded: ReadonlyArray<StoredEvent>) => {
    const filters = expected.map(({ streamId }) => Subject.streamFilter(board, streamId))
    for (const [n, each] of recorded.entries()) {
      const filter = filters[n] ?? ""
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
  return (types: ReadonlyArray<string>) => (entry: LogEntry) =>
    !Subject.isAuxiliary(entry.subject) && types.includes(typeOf(entry))
}

/** No append waits in a queue here: further ones may be based on it when it is stored. */
interface StoredAppend extends QueuedAppend {
  readonly events: ReadonlyArray<RecordedEvent>
}

/** Appends events, and finds marked commands. */
const appender = (
  board: Board.Any,
  { length, messages }: MemoryLog["Service"],
  { add, lastPositionIn }: ReturnType<typeof makeStreams>
) => {
  const toStored = storedEvents(board)
  const checkSizes = sizeChecker(board)
  const ids = recentIds(duplicateWindowOf(board.log))
  const marks = new Map<string, ReadonlyArray<RecordedEvent>>()
  /** Whether an event stream still has the expected version. */
  const isCurrent = ({ streamId, version }: ExpectedVersion) => {
    const text = Boundary.format(streamId)
    const position =
      "after" in version
        ? (version.after as StoredAppend).events.findLast((each) => each.streamId === text)!.position
        : version.position
    return lastPositionIn(streamId) === position
  }

  const append: Append = Effect.fnUntraced(function* (expected, newEvents, metadata, options = {}) {
    const { command, commandId } = metadata
    const { marksCommand = false, onQueued } = options
    const stored = toStored(expected, newEvents, metadata)
    const count = Math.max(stored.length, expected.length)
    if (count > Decision.maxEvents) return yield* new Decision.TooManyEvents({ command, count })
    const now = yield* monotonicMillis
    // From here to the event's place in the log the fiber must not yield: another one could append there.
    const sizeError = checkSizes(expected, stored)
    if (sizeError) return yield* sizeError
    const isMarked = marksCommand && marks.has(commandId)
    if (isMarked || !expected.every(isCurrent))
      return yield* new VersionConflict({ streamId: Boundary.format(expected[0]!.streamId) })
    const recorded = stored.map((each, n): RecordedEvent => ({ ...each, position: messages.length + n + 1 }))
    const position = recorded.map(({ id }) => ids.find(id, now)).find((known) => known !== undefined)
    if (position !== undefined) return yield* new DuplicateCommand({ commandId, position })
    for (const { id, position } of recorded) ids.add(id, position, now)
    add(recorded)
    if (marksCommand) marks.set(commandId, recorded)
    const queued: StoredAppend = { events: recorded }
    onQueued?.(queued)
    yield* SubscriptionRef.set(length, messages.length)
    return recorded
  })
  const findCommand = (commandId: string) => Effect.sync(() => marks.get(commandId) ?? [])

  return { append, findCommand }
}

/** A log in memory: the same guarantees, until the process ends. */
export const layer = (board: Board.Any) =>
  Layer.effect(
    EventLog,
    Effect.gen(function* () {
      const memoryLog = yield* MemoryLog
      const { messages } = memoryLog
      const voided = yield* VoidedPositions
      const identity = Effect.succeed(randomUUID() as string)
      const streams = makeStreams(memoryLog)
      const { eventsOf, lastPositionIn, undecodableIn } = streams
      const hasType = typeSelector(board)

      const read = Effect.fnUntraced(function* ({ after = 0, ...streamId }: StreamRead) {
        for (const undecodable of undecodableIn(streamId)) {
          if (Option.isNone(yield* voided.find(undecodable, identity))) return yield* undecodable
        }
        const existing = eventsOf(streamId)
        const events = after === "newest" ? newestOf(existing) : existing.filter(({ position }) => position > after)
        return { events, position: lastPositionIn(streamId), count: existing.length }
      })
      return {
        identity,
        history: identity,
        readAt: (position) => Effect.sync(() => Option.fromUndefinedOr(messages[position - 1])),
        read,
        readAll: (reads) => Effect.forEach(reads, read),
        ...appender(board, memoryLog, streams),
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
