import { Array, Effect, Layer, Result, Stream, SubscriptionRef } from "effect"
import { type Board, Boundary } from "#domain/model/index.ts"
import { headerPrefix, parseAttributes, parseHeaders } from "#layers/codec/cloudEventAttributes.ts"
import { cloudEventCodec } from "#layers/codec/cloudEventCodec.ts"
import { keyMatcher } from "#layers/codec/keyMatcher.ts"
import * as Subject from "#layers/codec/Subject.ts"
import type { StoredMessage } from "#layers/contract/channelsSchema.ts"
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

      /** A lane is what the server would have copied into it. */
      const messagesIn = (stream: string): ReadonlyArray<LogMessage> => {
        const lane = board.lanes.find(({ name }) => name === stream)
        if (!lane) return messages.map(toLogMessage)
        const isOfLane = keyMatcher(Subject.laneFilter(board, lane))
        return messages
          .filter(({ subject }) => isOfLane(subject))
          .map((entry, n) => ({
            ...toLogMessage(entry),
            position: n + 1,
            subject: Subject.publishedSubject(lane, entry.subject.split(".")[3]!)
          }))
      }

      const findNewest = (stream: string, matches: (subject: string) => boolean): StoredMessage | undefined => {
        const found = messagesIn(stream).findLast(({ subject }) => matches(subject))
        if (found === undefined) return undefined
        const headers = Object.entries(found.attributes()).map(([name, value]) => [`${headerPrefix}${name}`, value])
        return {
          stream,
          subject: found.subject,
          sequence: found.position,
          time: new Date(found.storedAt).toISOString(),
          headers: Object.fromEntries(headers),
          payload: found.data() as StoredMessage["payload"]
        }
      }

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
        newest: (stream, filter) => Effect.sync(() => findNewest(stream, keyMatcher(filter))),
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
