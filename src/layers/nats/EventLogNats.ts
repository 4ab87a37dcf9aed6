import { Board, type Boundary } from "#domain/grammar/index.ts"
import { jetstreamManager } from "@nats-io/jetstream"
import type { Msg } from "@nats-io/transport-node"
import { Effect, Layer, Option, Result } from "effect"
import { EventLog, isUnreadable, LogUnavailable, type Past, type Read, type Unreadable } from "../EventLog.ts"
import type { Recorded } from "../Fact.ts"
import { reasonOf } from "../reasonOf.ts"
import { codecOf } from "../wire/CloudEvent.ts"
import * as Subject from "../wire/Subject.ts"
import { appender } from "./append.ts"
import { Nats } from "./Nats.ts"
import { identity } from "./provision.ts"
import { headerBlock, headerText, statusOf, valueIn } from "./rawHeaders.ts"
import { replayer } from "./replay.ts"
import { type NoAnswer, Requests } from "./Requests.ts"

const unavailable = ({ reason }: NoAnswer) => new LogUnavailable({ reason })

/** Direct gets answer one message for each that matches, then one with a status: 204 all sent, 404 none matched. */
const isStatus = (message: Msg) => statusOf(message) > 0

const byPosition = (a: Read, b: Read) => a.position - b.position

/** The most messages asked for in one direct get. */
const most = 1000

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

      /** A decision knows all of a place or nothing. */
      const readable = (all: ReadonlyArray<Read>): Effect.Effect<ReadonlyArray<Recorded>, Unreadable> => {
        const unreadable = all.find(isUnreadable)
        return unreadable ? Effect.fail(unreadable) : Effect.succeed(all as ReadonlyArray<Recorded>)
      }

      /** All facts on a subject up to a position. An exact subject is found without a scan. */
      const on = Effect.fnUntraced(function* (subject: string, upTo: number) {
        const facts: Array<Read> = []
        for (let seq = 1; seq <= upTo;) {
          const [found = []] = yield* get([{ next_by_subj: subject, seq, batch: most }])
          facts.push(...found.filter(({ position }) => position <= upTo))
          if (found.length < most) break
          seq = found.at(-1)!.position + 1
        }
        return facts
      })

      const all = (subjects: ReadonlyArray<string>, upTo: number) =>
        Effect.forEach(subjects, (subject) => on(subject, upTo), { concurrency: "unbounded" }).pipe(
          Effect.map((found) => found.flat().sort(byPosition))
        )

      /** The newest of each kind is the whole place, unless a kind occurred more than once: then its index tells. */
      const whole = Effect.fnUntraced(function* (
        latest: ReadonlyArray<Recorded>
      ): Effect.fn.Return<Past, LogUnavailable | Unreadable> {
        const newest = latest.reduce((a, b) => (b.position > a.position ? b : a), latest[0]!)
        const position = newest?.position ?? 0
        const count = newest?.index ?? 0
        const facts =
          latest.length === count
            ? latest
            : yield* Effect.flatMap(
                all(
                  latest.map(({ subject }) => subject),
                  position
                ),
                readable
              )
        return { facts: facts.toSorted(byPosition), position, count }
      })

      /** A request for each: with two filters in one the server searches subject by subject, and is thirty times slower. */
      const readAll = (places: ReadonlyArray<Boundary.Place>) =>
        Effect.flatMap(
          get(places.map((place) => ({ multi_last: [Subject.ofPlace(board, place)], batch: most }))),
          (answers) => Effect.forEach(answers, (latest) => Effect.flatMap(readable(latest), whole))
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

      const manager = yield* Effect.promise(() => jetstreamManager(nats, { checkAPI: false }))
      const identified = Effect.tryPromise({
        try: async () => {
          const { config, created } = await manager.streams.info(board.name)
          return config.metadata?.[identity] ?? created
        },
        catch: reasonOf
      }).pipe(Effect.mapError((reason) => new LogUnavailable({ reason })))

      const replay = replayer(nats, manager, board, codec)
      return { read: readOne, readAll, append, identity: identified, at, newest, between, replay }
    })
  )
