import { Board, type Boundary } from "#domain/grammar/index.ts"
import type { Msg } from "@nats-io/transport-node"
import { Effect, Layer } from "effect"
import { EventLog, LogUnavailable, type Past, type Unreadable } from "../EventLog.ts"
import type { Recorded } from "../Fact.ts"
import { codecOf } from "../wire/CloudEvent.ts"
import * as Subject from "../wire/Subject.ts"
import { appender } from "./append.ts"
import { Nats } from "./Nats.ts"
import { code } from "./publish.ts"
import { replayer } from "./replay.ts"
import { type NoAnswer, Requests } from "./Requests.ts"

const unavailable = ({ reason }: NoAnswer) => new LogUnavailable({ reason })

/** Direct gets answer one message for each that matches, then one with a status: 204 all sent, 404 none matched. */
const isStatus = ({ headers }: Msg) => (headers?.code ?? 0) > 0

/** What a stream's leader answers when it is asked for a message. */
interface Newest {
  readonly message?: { readonly seq: number }
  readonly error?: { readonly err_code: number; readonly description: string }
}

const byPosition = (a: Recorded, b: Recorded) => a.position - b.position

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

      const decode = ({ headers, data }: Msg) =>
        codec.decode({
          subject: headers?.get("Nats-Subject") ?? "",
          position: Number(headers?.get("Nats-Sequence")),
          headers: headers ?? [],
          data: () => JSON.parse(new TextDecoder().decode(data))
        })

      const get = Effect.fnUntraced(function* (
        query: object
      ): Effect.fn.Return<ReadonlyArray<Recorded>, LogUnavailable | Unreadable> {
        const messages = yield* requests
          .many(direct, JSON.stringify(query), isStatus)
          .pipe(Effect.mapError(unavailable))
        return yield* Effect.forEach(messages, (message) => Effect.fromResult(decode(message)))
      })

      /** All facts on a subject behind one position, up to another. An exact subject is found without a scan. */
      const on = Effect.fnUntraced(function* (subject: string, after: number, upTo: number) {
        const facts: Array<Recorded> = []
        for (let seq = after + 1; seq <= upTo;) {
          const found = yield* get({ next_by_subj: subject, seq, batch: most })
          facts.push(...found.filter(({ position }) => position <= upTo))
          if (found.length < most) break
          seq = found.at(-1)!.position + 1
        }
        return facts
      })

      const all = (subjects: ReadonlyArray<string>, after: number, upTo: number) =>
        Effect.forEach(subjects, (subject) => on(subject, after, upTo), { concurrency: "unbounded" }).pipe(
          Effect.map((found) => found.flat().sort(byPosition))
        )

      /** The newest of each kind is the whole place, unless a kind occurred more than once: then its index tells. */
      const read = Effect.fnUntraced(function* (
        place: Boundary.Place
      ): Effect.fn.Return<Past, LogUnavailable | Unreadable> {
        const latest = yield* get({ multi_last: [Subject.ofPlace(board, place)], batch: most })
        const newest = latest.reduce((a, b) => (b.position > a.position ? b : a), latest[0]!)
        const position = newest?.position ?? 0
        const count = newest?.index ?? 0
        const facts =
          latest.length === count
            ? [...latest]
            : yield* all(
                latest.map(({ subject }) => subject),
                0,
                position
              )
        return { facts: facts.sort(byPosition), position, count }
      })

      const append = appender(board, nats, requests, codec)

      /**
       * The newest message on a subject; wildcards cost the server no more than a name. Only the leader answers: what two
       * replicas say, of which one is behind, does not go together.
       */
      const newestOf = (subject: string) =>
        requests.one(`$JS.API.STREAM.MSG.GET.${board.name}`, JSON.stringify({ last_by_subj: subject })).pipe(
          Effect.mapError(unavailable),
          Effect.map((answer) => answer.json<Newest>()),
          Effect.flatMap(({ error, message }) =>
            error && error.err_code !== code.messageNotFound
              ? Effect.fail(new LogUnavailable({ reason: `${error.description} (${error.err_code})` }))
              : Effect.succeed(message?.seq ?? 0)
          )
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

      const between = (types: ReadonlyArray<string>, after: number, upTo: number) =>
        all(
          types.map((type) => Subject.ofType(board, lanes.get(type)!, type)),
          after,
          upTo
        )

      const replay = replayer(nats, board, codec)
      return { read, append, newest, between, replay }
    })
  )
