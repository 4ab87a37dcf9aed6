import { Board, type Boundary, Boundary as Boundaries } from "#domain/grammar/index.ts"
import { type Msg, nuid } from "@nats-io/transport-node"
import { Effect, Layer } from "effect"
import {
  AlreadyAppended,
  Conflict,
  EventLog,
  LogFull,
  LogUnavailable,
  type Past,
  type Stand,
  type Unreadable
} from "../EventLog.ts"
import type { Fact, Origin, Recorded } from "../Fact.ts"
import { derive } from "../Ids.ts"
import { codecOf, type Message } from "../wire/CloudEvent.ts"
import * as Subject from "../wire/Subject.ts"
import { Nats } from "./Nats.ts"
import { replayer } from "./replay.ts"
import { code, headersOf, publish, type Rejected } from "./publish.ts"
import { NoAnswer, Requests } from "./Requests.ts"

const unavailable = ({ reason }: NoAnswer) => new LogUnavailable({ reason })

/** Direct gets answer one message for each that matches, then one with a status: 204 all sent, 404 none matched. */
const isStatus = ({ headers }: Msg) => (headers?.code ?? 0) > 0

/** What a failed append means, by the server's code. */
const refused = (error: NoAnswer | Rejected, place: string, commandId: string) => {
  if (error._tag === "NoAnswer") return unavailable(error)
  switch (error.code) {
    case code.wrongLastSequence:
    case code.wrongLastSequenceInFlight:
      return new Conflict({ place })
    case code.batchHasDuplicate:
      return new AlreadyAppended({ commandId })
    case code.streamFull:
      return new LogFull({ reason: error.description })
    default:
      return new LogUnavailable({ reason: `${error.description} (${error.code})` })
  }
}

interface Outgoing extends Message {
  readonly id: string
  readonly subject: string
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

      /** All but the last go out without a reply, the last as a request: one round trip, with the server's error code. */
      const batch = (messages: ReadonlyArray<Outgoing>, guard: Readonly<Record<string, string>>) =>
        Effect.suspend(() => {
          const id = nuid.next()
          const end = messages.length
          const [last, ...earlier] = messages.toReversed().map((message, n) => ({
            ...message,
            headers: headersOf(message, {
              ...(n === end - 1 && guard),
              "Nats-Msg-Id": message.id,
              "Nats-Batch-Id": id,
              "Nats-Batch-Sequence": String(end - n),
              ...(n === 0 && { "Nats-Batch-Commit": "1" })
            })
          }))
          try {
            for (const { subject, data, headers } of earlier.toReversed()) nats.publish(subject, data, { headers })
          } catch (error) {
            return Effect.fail(new NoAnswer({ subject: last!.subject, reason: String(error) }))
          }
          return publish(requests, last!.subject, last!.data, last!.headers)
        })

      const append = (place: Boundary.Place, stand: Stand, facts: ReadonlyArray<Fact>, origin: Origin) => {
        const spelled = Boundaries.spell(place)
        const recorded = facts.map((fact, n) => ({
          ...origin,
          id: derive(`${origin.commandId}/${n}`),
          subject: Subject.ofFact(board, place, lanes.get(fact._tag)!, fact._tag),
          place: spelled,
          index: stand.count + n + 1,
          fact
        }))
        const guard = {
          "Nats-Expected-Last-Subject-Sequence": String(stand.position),
          "Nats-Expected-Last-Subject-Sequence-Subject": Subject.ofPlace(board, place)
        }
        const messages = recorded.map((each): Outgoing => ({
          id: each.id,
          subject: each.subject,
          ...codec.encode(each)
        }))
        const [only] = messages
        const written =
          only && messages.length === 1
            ? publish(requests, only.subject, only.data, headersOf(only, { ...guard, "Nats-Msg-Id": only.id }))
            : batch(messages, guard)
        return Effect.matchEffect(written, {
          onFailure: (error) => Effect.fail(refused(error, spelled, origin.commandId)),
          onSuccess: ({ seq, duplicate }) =>
            duplicate
              ? Effect.fail(new AlreadyAppended({ commandId: origin.commandId }))
              : Effect.succeed(recorded.map((each, n): Recorded => ({ ...each, position: seq - facts.length + 1 + n })))
        })
      }

      /** The newest message on a subject; wildcards cost the server no more than a name. */
      const newestOf = (subject: string) =>
        requests.one(`${direct}.${subject}`, "").pipe(
          Effect.mapError(unavailable),
          Effect.map((message) => (isStatus(message) ? 0 : Number(message.headers?.get("Nats-Sequence"))))
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
