import { Effect, Layer, Option, Predicate, Result } from "effect"
import { Board, type Boundary } from "#domain/model/index.ts"
import { cloudEventCodec } from "#layers/codec/cloudEventCodec.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { type RequestFailed, Requests } from "#layers/nats/connection/Requests.ts"
import { EventLog, LogUnavailable, type StreamHistory, type StreamRead } from "#layers/services/EventLog.ts"
import { toRawMessage, makeLeaderReads, staleReplicaRetry } from "./leaderReads.ts"

const toLogUnavailable = ({ reason }: RequestFailed) => new LogUnavailable({ reason })

/**
 * Reads event streams from the nearest replica, until it has what the leader has. An event stream in which a type occurs more
 * than once is read in parts, which may come from different replicas.
 */
const upToDateReader = (
  board: Board.Any,
  log: EventLog["Service"],
  lastPositionOn: (subject: string) => Effect.Effect<number, LogUnavailable>
) => {
  return Effect.fnUntraced(function* (reads: ReadonlyArray<StreamRead>) {
    const readNearest = log.readAll(reads)
    const readLeaderPositions = Effect.forEach(
      reads,
      (streamId) => lastPositionOn(Subject.streamFilter(board, streamId)),
      {
        concurrency: "unbounded"
      }
    )
    const [first, leaderPositions] = yield* Effect.all([Effect.option(readNearest), readLeaderPositions], {
      concurrency: 2
    })
    const areUpToDate = (histories: ReadonlyArray<StreamHistory>) =>
      histories.every(
        ({ count, events, position }, n) =>
          position >= leaderPositions[n]! && (reads[n]!.after !== undefined || events.length === count)
      )
    if (Option.isSome(first) && areUpToDate(first.value)) return first.value
    return yield* readNearest.pipe(
      Effect.filterOrFail(areUpToDate, () => new LogUnavailable({ reason: "the replica that answers is behind" })),
      Effect.retry({ schedule: staleReplicaRetry, while: Predicate.isTagged("LogUnavailable") })
    )
  })
}

/**
 * The log of a cluster with linearizable reads. An event stream is still read from the nearest replica in one request,
 * and compared with the leader's last position; rare reads go to the leader.
 */
export const eventLog = (board: Board.Any) =>
  Layer.effect(
    EventLog,
    Effect.gen(function* () {
      const log = yield* EventLog
      const leader = makeLeaderReads(yield* Requests, board.name)
      const codec = cloudEventCodec(board)
      const lanes = Board.laneOf(board)
      const typeSubject = (type: string) => Subject.typeFilter(board, lanes.get(type)!, type)

      const lastPositionOn = (subject: string) =>
        leader.last(subject).pipe(
          Effect.mapError(toLogUnavailable),
          Effect.map((message) => message?.seq ?? 0)
        )

      const readAll = upToDateReader(board, log, lastPositionOn)
      const read = (streamId: Boundary.StreamId) => Effect.map(readAll([streamId]), ([history]) => history!)

      const readAt = (position: number) =>
        leader.next(Subject.logFilter(board), position).pipe(
          Effect.mapError(toLogUnavailable),
          Effect.map((found) =>
            found?.seq === position && !Subject.isNoEvent(found.subject)
              ? Option.some(Result.merge(codec.decodeLazily(toRawMessage(found))))
              : Option.none()
          )
        )

      const lastPosition = (types?: ReadonlyArray<string>) =>
        types === undefined
          ? lastPositionOn(Subject.logFilter(board))
          : Effect.map(
              Effect.forEach(types, (type) => lastPositionOn(typeSubject(type)), { concurrency: "unbounded" }),
              (positions) => Math.max(0, ...positions)
            )

      const readRange = (types: ReadonlyArray<string>, after: number, upTo: number) =>
        log
          .readRange(types, after, upTo)
          .pipe(Effect.retry({ schedule: staleReplicaRetry, while: Predicate.isTagged("LogUnavailable") }))

      return { ...log, read, readAll, readAt, lastPosition, readRange }
    })
  )
