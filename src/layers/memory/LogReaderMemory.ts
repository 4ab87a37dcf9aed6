import { Array, Effect, Layer, Result, Stream, SubscriptionRef } from "effect"
import { type Board, Boundary } from "#domain/model/index.ts"
import { codecOf } from "#layers/codec/boardCodec.ts"
import { attributesOf, linesOf } from "#layers/codec/cloudEventAttributes.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { isUnreadable, type Read, type Unreadable } from "#layers/services/EventLog.ts"
import { type Logged, LogReader, pageSize } from "#layers/services/LogReader.ts"
import type { Recorded } from "#layers/services/RecordedEvent.ts"
import { MemoryLog } from "./EventLogMemory.ts"

/** The log in memory, read as if it came over the wire. */
export const layer = (board: Board.Any) =>
  Layer.effect(
    LogReader,
    Effect.gen(function* () {
      const { length, messages } = yield* MemoryLog
      const { encode } = codecOf(board)

      const stray = (unreadable: Unreadable): Logged => ({
        position: unreadable.position,
        subject: unreadable.subject,
        storedAt: 0,
        fact: () => Result.fail(unreadable),
        attributes: () => ({}),
        data: () => ({})
      })

      const logged = (recorded: Read): Logged => (isUnreadable(recorded) ? stray(recorded) : known(recorded))

      const known = (recorded: Recorded): Logged => ({
        position: recorded.position,
        subject: recorded.subject,
        storedAt: Date.parse(recorded.time),
        fact: () => Result.succeed(recorded),
        attributes: () => attributesOf(linesOf(encode(recorded).headers)),
        data: () => JSON.parse(encode(recorded).data)
      })

      return {
        follow: (after) =>
          SubscriptionRef.changes(length).pipe(
            Stream.mapAccum(
              () => after,
              (seen, now): readonly [number, ReadonlyArray<Array.NonEmptyReadonlyArray<Logged>>] => {
                const news = messages.slice(seen, now).map(logged)
                return [Math.max(seen, now), Array.isArrayNonEmpty(news) ? [news] : []]
              }
            )
          ),
        page: (after, upTo) => Effect.sync(() => messages.slice(after, Math.min(upTo, after + pageSize)).map(logged)),
        replay: (types, after, upTo, take) =>
          Effect.forEach(
            Array.chunksOf(
              messages.slice(after, upTo).filter(({ subject }) => Subject.isOf(types)(subject)),
              250
            ),
            take,
            {
              discard: true
            }
          ),
        place: (place) => Effect.sync(() => messages.filter((fact) => fact.place === Boundary.spell(place)).map(logged))
      }
    })
  )
