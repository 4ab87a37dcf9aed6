import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import { Board, Boundary, Decision } from "#domain/model/index.ts"
import type { Codec } from "#layers/codec/boardCodec.ts"
import { messageLimit, tooLarge } from "#layers/codec/messageLimits.ts"
import * as Subject from "#layers/codec/Subject.ts"
import type { Requests } from "#layers/nats/connection/Requests.ts"
import { AlreadyAppended, type AppendError, Conflict, type Stand } from "#layers/services/EventLog.ts"
import { derive } from "#layers/services/Ids.ts"
import type { Fact, Origin, Recorded } from "#layers/services/RecordedEvent.ts"
import { type Guard, guardHeaders, type Outgoing, type Write } from "./atomicBatch.ts"
import { committer } from "./groupCommitter.ts"
import { code, headersOf, isConflict, publish, type Rejected } from "./publish.ts"
import { type WriteError, writeError } from "./writeErrors.ts"

/** No place has come so far. */
const never = Number.MAX_SAFE_INTEGER

/** Appends facts to the log, guarded by the place's filter: all of them or none. */
export const appender = (board: Board.Any, nats: NatsConnection, requests: Requests["Service"], codec: Codec) => {
  const lanes = Board.laneOf(board)
  const { one: commit } = committer(nats, requests)

  /**
   * What the server says of a message by itself, under a guard that cannot hold. It answers with the position if it has
   * taken the message before: three nodes look at that before the guard, one node says nothing of it.
   */
  const probe = (message: Outgoing, { filter }: Guard): Effect.Effect<number | undefined, WriteError> => {
    const { id = "", subject, data } = message
    const headers = headersOf(message, { ...guardHeaders({ filter, position: never }), "Nats-Msg-Id": id })
    return publish(requests, subject, data, headers).pipe(
      Effect.map(({ seq }) => seq),
      Effect.catch((error) =>
        error._tag === "Rejected" && isConflict(error) ? Effect.undefined : Effect.fail(writeError(error, board.name))
      )
    )
  }

  /** A batch with a message that was taken before is refused without a word on where that stands. */
  const standing = ({ messages: [first], guard }: Write) => probe(first!, guard!)

  /** Of a batch that lacks a message the server does not say why it did not take that one. */
  const incomplete = ({ messages, guard }: Write, error: Rejected) =>
    Effect.andThen(
      Effect.forEach(messages, (message) => probe(message, guard!), { concurrency: 16, discard: true }),
      Effect.fail(writeError(error, board.name))
    )

  /** What the stream and the connection take; the latter may be another after a reconnect. */
  const limit = () => messageLimit(board.log, nats.info?.max_payload)

  return (
    place: Boundary.Place,
    stand: Stand,
    facts: ReadonlyArray<Fact>,
    origin: Origin
  ): Effect.Effect<ReadonlyArray<Recorded>, AppendError> => {
    if (facts.length > Decision.maxEvents) {
      return Effect.fail(new Decision.TooManyEvents({ command: origin.command, count: facts.length }))
    }
    const spelled = Boundary.spell(place)
    const filter = Subject.ofPlace(board, place)
    const recorded = facts.map((fact, n) => ({
      ...origin,
      id: derive(`${origin.commandId}/${n}`),
      subject: Subject.ofFact(board, place, lanes.get(fact._tag)!, fact._tag),
      place: spelled,
      index: stand.count + n + 1,
      fact
    }))
    const write: Write = {
      messages: recorded.map((each) => ({ id: each.id, subject: each.subject, ...codec.encode(each) })),
      guard: { filter, position: stand.position }
    }
    for (const [n, message] of write.messages.entries()) {
      const error = tooLarge(facts[n]!._tag, message, limit(), filter)
      if (error) return Effect.fail(error)
    }
    const taken = (position?: number) => new AlreadyAppended({ commandId: origin.commandId, position })
    return Effect.matchEffect(commit(write), {
      onFailure: (error): Effect.Effect<never, AppendError> => {
        if (error._tag === "NoAnswer") return Effect.fail(writeError(error, board.name))
        if (isConflict(error)) return Effect.fail(new Conflict({ place: spelled }))
        switch (error.code) {
          case code.batchHasDuplicate:
            return Effect.flatMap(standing(write), (position) => Effect.fail(taken(position)))
          case code.batchIncomplete:
            return incomplete(write, error)
          default:
            return Effect.fail(writeError(error, board.name))
        }
      },
      onSuccess: ({ seq, duplicate }) =>
        duplicate
          ? Effect.fail(taken(seq))
          : Effect.succeed(recorded.map((each, n): Recorded => ({ ...each, position: seq - facts.length + 1 + n })))
    })
  }
}
