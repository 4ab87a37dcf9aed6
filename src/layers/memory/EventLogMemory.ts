import { Board, Boundary, Decision } from "#domain/grammar/index.ts"
import { Array, Context, Effect, Layer, Option, SubscriptionRef } from "effect"
import { AlreadyAppended, Conflict, EventLog } from "../EventLog.ts"
import type { Recorded } from "../Fact.ts"
import { derive } from "../Ids.ts"
import { monotonicMillis } from "../monotonic.ts"
import { codecOf } from "../wire/CloudEvent.ts"
import { duplicateWindowOf, maxMessageSize, tooLarge } from "../wire/limits.ts"
import * as Subject from "../wire/Subject.ts"
import { recentIds } from "./recentIds.ts"

/** The facts themselves, for the doubles that follow them. */
export class MemoryLog extends Context.Service<
  MemoryLog,
  { readonly facts: globalThis.Array<Recorded>; readonly length: SubscriptionRef.SubscriptionRef<number> }
>()("layers/memory/MemoryLog") {
  static readonly layer = Layer.effect(
    MemoryLog,
    Effect.map(SubscriptionRef.make(0), (length) => ({ facts: [], length }))
  )
}

/** A log without a server: the same promises, until the process ends. */
export const layer = (board: Board.Any) =>
  Layer.effect(
    EventLog,
    Effect.gen(function* () {
      const { facts, length } = yield* MemoryLog
      const lanes = Board.laneOf(board)
      const places = new Map<string, globalThis.Array<Recorded>>()
      const ids = recentIds(duplicateWindowOf(board.log))
      const codec = codecOf(board)
      const maxBytes = maxMessageSize(board.log)
      const at = (place: Boundary.Place) => places.get(Boundary.spell(place)) ?? []

      const read = (place: Boundary.Place) =>
        Effect.sync(() => {
          const past = at(place)
          return { facts: [...past], position: past.at(-1)?.position ?? 0, count: past.length }
        })

      return {
        identity: Effect.succeed("with this process"),
        at: (position) => Effect.sync(() => Option.fromUndefinedOr(facts[position - 1])),
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
            position: facts.length + n + 1,
            id: derive(`${origin.commandId}/${n}`),
            subject: Subject.ofFact(board, place, lanes.get(fact._tag)!, fact._tag),
            place: spelled,
            index: stand.count + n + 1,
            fact
          }))
          const filter = Subject.ofPlace(board, place)
          for (const each of recorded) {
            const error = tooLarge(each.fact._tag, codec.encode(each), maxBytes, filter)
            if (error) return yield* error
          }
          if ((past.at(-1)?.position ?? 0) !== stand.position) return yield* new Conflict({ place: spelled })
          const position = recorded.map(({ id }) => ids.find(id, now)).find((known) => known !== undefined)
          if (position !== undefined) return yield* new AlreadyAppended({ commandId: origin.commandId, position })
          for (const { id, position } of recorded) ids.add(id, position, now)
          places.set(spelled, [...past, ...recorded])
          facts.push(...recorded)
          yield* SubscriptionRef.set(length, facts.length)
          return recorded
        }),
        replay: (types, after, upTo, take) =>
          Effect.forEach(
            Array.chunksOf(
              facts.slice(after, upTo).filter(({ fact }) => types.includes(fact._tag)),
              1000
            ),
            take,
            { discard: true }
          ),
        between: (types, after, upTo) =>
          Effect.sync(() => facts.slice(after, upTo).filter(({ fact }) => types.includes(fact._tag))),
        newest: (types) =>
          Effect.sync(() =>
            types === undefined
              ? facts.length
              : (facts.findLast(({ fact }) => types.includes(fact._tag))?.position ?? 0)
          )
      }
    })
  )
