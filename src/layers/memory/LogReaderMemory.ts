import { Array, Effect, Layer, Result, Stream, SubscriptionRef } from "effect"
import { type Board, Boundary } from "#domain/model/index.ts"
import { parseAttributes, parseHeaders } from "#layers/codec/cloudEventAttributes.ts"
import { cloudEventCodec } from "#layers/codec/cloudEventCodec.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { isUndecodable, type LogEntry, type UndecodableEvent } from "#layers/services/EventLog.ts"
import { type LogMessage, LogReader, pageSize } from "#layers/services/LogReader.ts"
import type { RecordedEvent } from "#layers/services/RecordedEvent.ts"
import { MemoryLog } from "./EventLogMemory.ts"

/** Reads the log in memory as if its messages were encoded. */
export const layer = (board: Board.Any) =>
  Layer.effect(
    LogReader,
    Effect.gen(function* () {
      const { length, messages } = yield* MemoryLog
      const { encode } = cloudEventCodec(board)

      const undecodableMessage = (undecodable: UndecodableEvent): LogMessage => ({
        position: undecodable.position,
        subject: undecodable.subject,
        storedAt: 0,
        event: () => Result.fail(undecodable),
        attributes: () => ({}),
        data: () => ({})
      })

      const toLogMessage = (entry: LogEntry): LogMessage =>
        isUndecodable(entry) ? undecodableMessage(entry) : decodedMessage(entry)

      const decodedMessage = (recorded: RecordedEvent): LogMessage => ({
        position: recorded.position,
        subject: recorded.subject,
        storedAt: Date.parse(recorded.time),
        event: () => Result.succeed(recorded),
        attributes: () => parseAttributes(parseHeaders(encode(recorded).headers)),
        data: () => JSON.parse(encode(recorded).data)
      })

      return {
        follow: (after) =>
          SubscriptionRef.changes(length).pipe(
            Stream.mapAccum(
              () => after,
              (position, now): readonly [number, ReadonlyArray<Array.NonEmptyReadonlyArray<LogMessage>>] => {
                const newMessages = messages.slice(position, now).map(toLogMessage)
                return [Math.max(position, now), Array.isArrayNonEmpty(newMessages) ? [newMessages] : []]
              }
            )
          ),
        readPage: (after, upTo) =>
          Effect.sync(() => messages.slice(after, Math.min(upTo, after + pageSize)).map(toLogMessage)),
        replay: (types, after, upTo, handlePage) =>
          Effect.forEach(
            Array.chunksOf(
              messages.slice(after, upTo).filter(({ subject }) => Subject.matchesTypes(types)(subject)),
              250
            ),
            handlePage,
            {
              discard: true
            }
          ),
        readStream: (streamId) =>
          Effect.sync(() => messages.filter((entry) => entry.streamId === Boundary.format(streamId)).map(toLogMessage))
      }
    })
  )
