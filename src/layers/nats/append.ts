import { Board, Boundary } from "#domain/grammar/index.ts"
import { type NatsConnection, nuid } from "@nats-io/transport-node"
import { Effect } from "effect"
import { AlreadyAppended, Conflict, LogFull, LogUnavailable, type Stand } from "../EventLog.ts"
import type { Fact, Origin, Recorded } from "../Fact.ts"
import { derive } from "../Ids.ts"
import type { Codec, Message } from "../wire/CloudEvent.ts"
import * as Subject from "../wire/Subject.ts"
import { code, headersOf, isConflict, publish, type Rejected } from "./publish.ts"
import { NoAnswer, type Requests } from "./Requests.ts"

/** What a failed append means, by the server's code. */
const refused = (error: NoAnswer | Rejected, place: string, commandId: string) => {
  if (error._tag === "NoAnswer") return new LogUnavailable({ reason: error.reason })
  if (isConflict(error)) return new Conflict({ place })
  switch (error.code) {
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

/** Appends facts to the log: one as a plain message, several as an atomic batch, guarded by the place's filter. */
export const appender = (board: Board.Any, nats: NatsConnection, requests: Requests["Service"], codec: Codec) => {
  const lanes = Board.laneOf(board)

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

  return (place: Boundary.Place, stand: Stand, facts: ReadonlyArray<Fact>, origin: Origin) => {
    const spelled = Boundary.spell(place)
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
}
