import { Effect, Layer, Option, Predicate, Result, Schedule } from "effect"
import { Board, type Boundary } from "#domain/model/index.ts"
import { codecOf } from "#layers/codec/boardCodec.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { type NoAnswer, Requests } from "#layers/nats/connection/Requests.ts"
import { EventLog, LogUnavailable, type Past } from "#layers/services/EventLog.ts"
import { KeyValue, StoreUnavailable } from "#layers/services/KeyValue.ts"
import { upToElapsed } from "#layers/timing/upToElapsed.ts"
import { bodyOf, incoming, isGone, leaderOf, writerOf } from "./leaderReads.ts"

/** How often a replica that is behind is asked again, and how long. */
const untilItKnows = Schedule.spaced("2 millis").pipe(upToElapsed("3 seconds"))

const unavailable = ({ reason }: NoAnswer) => new LogUnavailable({ reason })

/**
 * The log of a cluster, read as it stands. A place still comes from the nearest replica in one go, measured by what the
 * leader knows of it; what is asked for seldom comes from the leader.
 */
export const eventLog = (board: Board.Any) =>
  Layer.effect(
    EventLog,
    Effect.gen(function* () {
      const log = yield* EventLog
      const leader = leaderOf(yield* Requests, board.name)
      const codec = codecOf(board)
      const lanes = Board.laneOf(board)
      const ofType = (type: string) => Subject.ofType(board, lanes.get(type)!, type)

      const newestOn = (subject: string) =>
        leader.last(subject).pipe(
          Effect.mapError(unavailable),
          Effect.map((message) => message?.seq ?? 0)
        )

      /** A place with a kind that occurred more than once is read in parts, which may come from different replicas. */
      const readAll = Effect.fnUntraced(function* (places: ReadonlyArray<Boundary.Place>) {
        const nearest = log.readAll(places)
        const asTheLeaderKnows = Effect.forEach(places, (place) => newestOn(Subject.ofPlace(board, place)), {
          concurrency: "unbounded"
        })
        const [first, newest] = yield* Effect.all([Effect.option(nearest), asTheLeaderKnows], { concurrency: 2 })
        const areFresh = (pasts: ReadonlyArray<Past>) =>
          pasts.every(({ count, facts, position }, n) => position >= newest[n]! && facts.length === count)
        if (Option.isSome(first) && areFresh(first.value)) return first.value
        return yield* nearest.pipe(
          Effect.filterOrFail(areFresh, () => new LogUnavailable({ reason: "the replica that answers is behind" })),
          Effect.retry({ schedule: untilItKnows, while: Predicate.isTagged("LogUnavailable") })
        )
      })

      const read = (place: Boundary.Place) => Effect.map(readAll([place]), ([past]) => past!)

      const at = (position: number) =>
        leader.next(Subject.ofLog(board), position).pipe(
          Effect.mapError(unavailable),
          Effect.map((found) =>
            found?.seq === position ? Option.some(Result.merge(codec.read(incoming(found)))) : Option.none()
          )
        )

      const newest = (types?: ReadonlyArray<string>) =>
        types === undefined
          ? newestOn(Subject.ofLog(board))
          : Effect.map(
              Effect.forEach(types, (type) => newestOn(ofType(type)), { concurrency: "unbounded" }),
              (positions) => Math.max(0, ...positions)
            )

      const between = (types: ReadonlyArray<string>, after: number, upTo: number) =>
        log
          .between(types, after, upTo)
          .pipe(Effect.retry({ schedule: untilItKnows, while: Predicate.isTagged("LogUnavailable") }))

      return { ...log, read, readAll, at, newest, between }
    })
  )

/** The buckets of a cluster: a row is read from the leader, for the nearest replica may not have what was just put. */
export const keyValue = Layer.effect(
  KeyValue,
  Effect.gen(function* () {
    const { bucket } = yield* KeyValue
    const requests = yield* Requests
    return {
      bucket: (name) => {
        const leader = leaderOf(requests, `KV_${name}`)
        return {
          ...bucket(name),
          get: (key) =>
            leader.last(`$KV.${name}.${key}`).pipe(
              Effect.mapError(({ reason }) => new StoreUnavailable({ bucket: name, reason })),
              Effect.map((message) =>
                message && !isGone(message)
                  ? Option.some({ value: bodyOf(message), revision: message.seq, ...writerOf(message) })
                  : Option.none()
              )
            )
        }
      }
    }
  })
)
