import { jetstreamManager } from "@nats-io/jetstream"
import type { Msg } from "@nats-io/transport-node"
import { Effect, Layer, Option, Result } from "effect"
import { Board, type Boundary } from "#domain/model/index.ts"
import { codecOf } from "#layers/codec/boardCodec.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { Nats } from "#layers/nats/connection/Nats.ts"
import { type NoAnswer, Requests } from "#layers/nats/connection/Requests.ts"
import { replayer } from "#layers/nats/consume/replay.ts"
import { headerBlock, headerText, statusOf, valueIn } from "#layers/nats/messages/rawHeaders.ts"
import { identity, restoredBy } from "#layers/nats/provision/provision.ts"
import { appender } from "#layers/nats/publish/eventAppender.ts"
import { most, wholePast } from "#layers/nats/read/completeHistory.ts"
import { reasonOf } from "#layers/services/errorMessage.ts"
import { EventLog, LogUnavailable, type Read } from "#layers/services/EventLog.ts"
import { VoidedPositions } from "#layers/services/VoidedPositions.ts"

const unavailable = ({ reason }: NoAnswer) => new LogUnavailable({ reason })

/** Direct gets answer one message for each that matches, then one with a status: 204 all sent, 404 none matched. */
const isStatus = (message: Msg) => statusOf(message) > 0

/** The log of a board in its JetStream stream: guarded appends, atomic batches, direct reads. */
export const layer = (board: Board.Any) =>
  Layer.effect(
    EventLog,
    Effect.gen(function* () {
      const nats = yield* Nats
      const requests = yield* Requests
      const lanes = Board.laneOf(board)
      const codec = codecOf(board)
      const direct = `$JS.API.DIRECT.GET.${board.name}`
      const voided = yield* VoidedPositions

      const manager = yield* Effect.promise(() => jetstreamManager(nats, { checkAPI: false }))
      const described = Effect.tryPromise({
        try: async () => {
          const { config, created } = await manager.streams.info(board.name)
          const is = config.metadata?.[identity] ?? created
          const restore = config.metadata?.[restoredBy]
          return { identity: is, history: restore === undefined ? is : `${is}/${restore}` }
        },
        catch: reasonOf
      }).pipe(Effect.mapError((reason) => new LogUnavailable({ reason })))
      const identified = Effect.map(described, ({ identity }) => identity)

      const read = (message: Msg) => {
        const headers = headerBlock(message)
        return codec.read({
          subject: valueIn(headers.text, "Nats-Subject"),
          position: Number(valueIn(headers.text, "Nats-Sequence")),
          headers,
          data: () => message.json()
        })
      }

      const get = (queries: ReadonlyArray<object>) =>
        requests
          .many(
            direct,
            queries.map((query) => JSON.stringify(query)),
            isStatus
          )
          .pipe(
            Effect.mapError(unavailable),
            Effect.map((answers) => answers.map((messages) => messages.map((message) => Result.merge(read(message)))))
          )

      const whole = wholePast(get, (stray) => Effect.map(voided.find(stray, identified), Option.isSome))

      /** A request for each: with two filters in one the server searches subject by subject, and is thirty times slower. */
      const readAll = (places: ReadonlyArray<Boundary.Place>) =>
        Effect.flatMap(
          get(places.map((place) => ({ multi_last: [Subject.ofPlace(board, place)], batch: most }))),
          (answers) => Effect.forEach(answers, whole)
        )

      const readOne = (place: Boundary.Place) => Effect.map(readAll([place]), ([past]) => past!)

      const append = appender(board, nats, requests, codec)

      /** The newest message on a subject; wildcards cost the server no more than a name. */
      const newestOf = (subject: string) =>
        requests.one(`${direct}.${subject}`, "").pipe(
          Effect.mapError(unavailable),
          Effect.map((message) => (isStatus(message) ? 0 : Number(valueIn(headerText(message), "Nats-Sequence"))))
        )

      const newest = (types?: ReadonlyArray<string>) =>
        types === undefined
          ? newestOf(Subject.ofLog(board))
          : Effect.map(
              Effect.forEach(types, (type) => newestOf(Subject.ofType(board, lanes.get(type)!, type)), {
                concurrency: "unbounded"
              }),
              (positions) => Math.max(0, ...positions)
            )

      /** The log has no holes: what comes is all there is if no position is missing, whoever answers. */
      const between = Effect.fnUntraced(function* (types: ReadonlyArray<string>, after: number, upTo: number) {
        const wanted = Subject.isOf(types)
        const facts: Array<Read> = []
        for (let next = after + 1; next <= upTo;) {
          const batch = Math.min(most, upTo - next + 1)
          const [found = []] = yield* get([{ next_by_subj: Subject.ofLog(board), seq: next, batch }])
          const hole = found.findIndex(({ position }, n) => position !== next + n)
          if (hole >= 0 || found.length === 0) {
            const missing = next + Math.max(0, hole)
            return yield* new LogUnavailable({ reason: `who answers has not heard of position ${missing} yet` })
          }
          facts.push(...found.filter(({ subject }) => wanted(subject)))
          next += found.length
        }
        return facts
      })

      const at = (position: number) =>
        Effect.map(get([{ next_by_subj: Subject.ofLog(board), seq: position, batch: 1 }]), ([found = []]) =>
          Option.fromUndefinedOr(found.find((each) => each.position === position))
        )

      const replay = replayer(nats, manager, board, codec)
      return {
        read: readOne,
        readAll,
        append,
        identity: identified,
        history: Effect.map(described, ({ history }) => history),
        at,
        newest,
        between,
        replay
      }
    })
  )
