import { randomUUID } from "node:crypto"
import { Array, Context, Effect, Layer, Option, SubscriptionRef } from "effect"
import { Board, Boundary, Decision } from "#domain/model/index.ts"
import { codecOf } from "#layers/codec/boardCodec.ts"
import { duplicateWindowOf, messageLimit, tooLarge } from "#layers/codec/messageLimits.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { AlreadyAppended, Conflict, EventLog, isUnreadable, type Read, Unreadable } from "#layers/services/EventLog.ts"
import { derive } from "#layers/services/Ids.ts"
import type { Recorded } from "#layers/services/RecordedEvent.ts"
import { VoidedPositions } from "#layers/services/VoidedPositions.ts"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"
import { recentIds } from "./recentIds.ts"

/** The facts themselves, for the doubles that follow them. */
export class MemoryLog extends Context.Service<
  MemoryLog,
  {
    /** What the board can read. */
    readonly facts: globalThis.Array<Recorded>
    /** Everything, by position. */
    readonly messages: globalThis.Array<Read>
    readonly length: SubscriptionRef.SubscriptionRef<number>
    /** Puts a message there that the board cannot read, as anybody can who reaches a server. Answers with its position. */
    stray(subject: string): Effect.Effect<number>
  }
>()("layers/memory/MemoryLog") {
  static readonly layer = Layer.effect(
    MemoryLog,
    Effect.map(SubscriptionRef.make(0), (length) => {
      const messages: globalThis.Array<Read> = []
      const stray = (subject: string) =>
        Effect.suspend(() => {
          const position = messages.length + 1
          const place = Subject.placeOf(subject)
          messages.push(new Unreadable({ subject, place, position, reason: "its headers are not those of a fact" }))
          return Effect.as(SubscriptionRef.set(length, position), position)
        })
      return { facts: [], messages, length, stray }
    })
  )
}

/** A log without a server: the same promises, until the process ends. */
export const layer = (board: Board.Any) =>
  Layer.effect(
    EventLog,
    Effect.gen(function* () {
      const { facts, length, messages } = yield* MemoryLog
      const lanes = Board.laneOf(board)
      const voided = yield* VoidedPositions
      const identity = Effect.succeed(randomUUID() as string)
      const places = new Map<string, globalThis.Array<Recorded>>()
      const ids = recentIds(duplicateWindowOf(board.log))
      const codec = codecOf(board)
      const limit = messageLimit(board.log)
      const at = (place: Boundary.Place) => places.get(Boundary.spell(place)) ?? []
      /** Messages of a place that cannot be read. */
      const straysIn = (place: Boundary.Place) => {
        if (messages.length === facts.length) return []
        const spelled = Boundary.spell(place)
        return messages.filter((each) => isUnreadable(each)).filter((each) => each.place === spelled)
      }
      /** The position of the newest message of a place, also of one that cannot be read. */
      const newestIn = (place: Boundary.Place) =>
        Math.max(at(place).at(-1)?.position ?? 0, straysIn(place).at(-1)?.position ?? 0)
      const typeOf = (read: Read) =>
        isUnreadable(read) ? Subject.typeAmong([...lanes.keys()], read.subject) : read.fact._tag
      const isOf = (types: ReadonlyArray<string>) => (read: Read) => types.includes(typeOf(read))

      const read = Effect.fnUntraced(function* (place: Boundary.Place) {
        for (const stray of straysIn(place)) {
          if (Option.isNone(yield* voided.find(stray, identity))) return yield* stray
        }
        const past = at(place)
        return { facts: [...past], position: newestIn(place), count: past.length }
      })

      return {
        identity,
        history: identity,
        at: (position) => Effect.sync(() => Option.fromUndefinedOr(messages[position - 1])),
        read,
        readAll: (places) => Effect.forEach(places, read),
        append: Effect.fnUntraced(function* (place, stand, added, origin) {
          if (added.length > Decision.maxEvents) {
            return yield* new Decision.TooManyEvents({ command: origin.command, count: added.length })
          }
          const now = yield* monotonicMillis
          const past = at(place)
          const spelled = Boundary.spell(place)
          const recorded = added.map((fact, n): Recorded => ({
            ...origin,
            position: messages.length + n + 1,
            id: derive(`${origin.commandId}/${n}`),
            subject: Subject.ofFact(board, place, lanes.get(fact._tag)!, fact._tag),
            place: spelled,
            index: stand.count + n + 1,
            fact
          }))
          const filter = Subject.ofPlace(board, place)
          for (const each of recorded) {
            const error = tooLarge(each.fact._tag, codec.encode(each), limit, filter)
            if (error) return yield* error
          }
          if (newestIn(place) !== stand.position) return yield* new Conflict({ place: spelled })
          const position = recorded.map(({ id }) => ids.find(id, now)).find((known) => known !== undefined)
          if (position !== undefined) return yield* new AlreadyAppended({ commandId: origin.commandId, position })
          for (const { id, position } of recorded) ids.add(id, position, now)
          places.set(spelled, [...past, ...recorded])
          facts.push(...recorded)
          messages.push(...recorded)
          yield* SubscriptionRef.set(length, messages.length)
          return recorded
        }),
        replay: (types, after, upTo, take) =>
          Effect.forEach(Array.chunksOf(messages.slice(after, upTo).filter(isOf(types)), 1000), take, {
            discard: true
          }),
        between: (types, after, upTo) => Effect.sync(() => messages.slice(after, upTo).filter(isOf(types))),
        newest: (types) =>
          Effect.sync(() => (types === undefined ? messages.length : (messages.findLast(isOf(types))?.position ?? 0)))
      }
    })
  )
