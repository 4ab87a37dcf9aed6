import { Array, Effect, Layer, Result, Stream, SubscriptionRef } from "effect"
import { type Board, Boundary } from "#domain/model/index.ts"
import { headerPrefix, parseAttributes, parseHeaders } from "#layers/codec/cloudEventAttributes.ts"
import { cloudEventCodec } from "#layers/codec/cloudEventCodec.ts"
import { keyMatcher } from "#layers/codec/keyMatcher.ts"
import * as Subject from "#layers/codec/Subject.ts"
import type { StoredMessage } from "#layers/contract/channelsSchema.ts"
import { isUndecodable, type LogEntry, type UndecodableEvent } from "#layers/services/EventLog.ts"
import { type LogMessage, LogReader, pageSize } from "#layers/services/LogReader.ts"
import { MemoryLog } from "./MemoryLog.ts"

const undecodableMessage = (undecodable: UndecodableEvent): LogMessage => ({
  position: undecodable.position,
  subject: undecodable.subject,
  storedAt: 0,
  event: () => Result.fail(undecodable),
  attributes: () => ({}),
  data: () => ({})
})

/** Turns entries into the messages that the server would store. */
const messageEncoder = (board: Board.Any) => {
  const { encode } = cloudEventCodec(board)
  return (entry: LogEntry): LogMessage =>
    isUndecodable(entry)
      ? undecodableMessage(entry)
      : {
          position: entry.position,
          subject: entry.subject,
          storedAt: Date.parse(entry.time),
          event: () => Result.succeed(entry),
          attributes: () => parseAttributes(parseHeaders(encode(entry).headers)),
          data: () => JSON.parse(encode(entry).data)
        }
}

/** Finds the newest message of a stream: the log, or a lane, with what the server would have copied into it. */
const newestFinder = (
  board: Board.Any,
  messages: ReadonlyArray<LogEntry>,
  toLogMessage: (entry: LogEntry) => LogMessage
) => {
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

  return (stream: string, matches: (subject: string) => boolean): StoredMessage | undefined => {
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
}

/** Reads the log in memory as if its messages were encoded. */
export const layer = (board: Board.Any) =>
  Layer.effect(
    LogReader,
    Effect.gen(function* () {
      const { length, messages } = yield* MemoryLog
      const toLogMessage = messageEncoder(board)
      const findNewest = newestFinder(board, messages, toLogMessage)

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
