import { randomUUID } from "node:crypto"
import { Array, Context, Effect, Layer, Option, SubscriptionRef } from "effect"
import { Board, Boundary, Decision } from "#domain/model/index.ts"
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
import { VoidedPositions } from "#layers/services/VoidedPositions.ts"
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

/** A log in memory: the same guarantees, until the process ends. */
export const layer = (board: Board.Any) =>
  Layer.effect(
    EventLog,
    Effect.gen(function* () {
      const { events, length, messages } = yield* MemoryLog
      const lanes = Board.laneOf(board)
      const voided = yield* VoidedPositions
      const identity = Effect.succeed(randomUUID() as string)
      const eventsByStream = new Map<string, globalThis.Array<RecordedEvent>>()
      const ids = recentIds(duplicateWindowOf(board.log))
      const codec = cloudEventCodec(board)
      const limit = messageLimit(board.log)
      const eventsOf = (streamId: Boundary.StreamId) => eventsByStream.get(Boundary.format(streamId)) ?? []
      /** The undecodable messages of an event stream. */
      const undecodableIn = (streamId: Boundary.StreamId) => {
        if (messages.length === events.length) return []
        const formattedId = Boundary.format(streamId)
        return messages.filter((each) => isUndecodable(each)).filter((each) => each.streamId === formattedId)
      }
      /** The position of the newest message of an event stream, undecodable ones included. */
      const lastPositionIn = (streamId: Boundary.StreamId) =>
        Math.max(eventsOf(streamId).at(-1)?.position ?? 0, undecodableIn(streamId).at(-1)?.position ?? 0)
      const typeOf = (entry: LogEntry) =>
        isUndecodable(entry) ? Subject.typeName([...lanes.keys()], entry.subject) : entry.event._tag
      const hasType = (types: ReadonlyArray<string>) => (entry: LogEntry) => types.includes(typeOf(entry))

      const read = Effect.fnUntraced(function* (streamId: Boundary.StreamId) {
        for (const undecodable of undecodableIn(streamId)) {
          if (Option.isNone(yield* voided.find(undecodable, identity))) return yield* undecodable
        }
        const existing = eventsOf(streamId)
        return { events: [...existing], position: lastPositionIn(streamId), count: existing.length }
      })

      return {
        identity,
        history: identity,
        readAt: (position) => Effect.sync(() => Option.fromUndefinedOr(messages[position - 1])),
        read,
        readAll: (streamIds) => Effect.forEach(streamIds, read),
        append: Effect.fnUntraced(function* (streamId, expectedVersion, newEvents, metadata) {
          if (newEvents.length > Decision.maxEvents) {
            return yield* new Decision.TooManyEvents({ command: metadata.command, count: newEvents.length })
          }
          const now = yield* monotonicMillis
          const existing = eventsOf(streamId)
          const formattedId = Boundary.format(streamId)
          const recorded = newEvents.map((event, n): RecordedEvent => ({
            ...metadata,
            position: messages.length + n + 1,
            id: deriveId(`${metadata.commandId}/${n}`),
            subject: Subject.eventSubject(board, streamId, lanes.get(event._tag)!, event._tag),
            streamId: formattedId,
            streamRevision: expectedVersion.count + n + 1,
            event
          }))
          const filter = Subject.streamFilter(board, streamId)
          for (const each of recorded) {
            const error = checkMessageSize(each.event._tag, codec.encode(each), limit, filter)
            if (error) return yield* error
          }
          if (lastPositionIn(streamId) !== expectedVersion.position)
            return yield* new VersionConflict({ streamId: formattedId })
          const position = recorded.map(({ id }) => ids.find(id, now)).find((known) => known !== undefined)
          if (position !== undefined) return yield* new DuplicateCommand({ commandId: metadata.commandId, position })
          for (const { id, position } of recorded) ids.add(id, position, now)
          eventsByStream.set(formattedId, [...existing, ...recorded])
          events.push(...recorded)
          messages.push(...recorded)
          yield* SubscriptionRef.set(length, messages.length)
          return recorded
        }),
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
