import { Board, Boundary } from "#domain/grammar/index.ts"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import { AlreadyAppended, Conflict, LogFull, LogUnavailable, type Stand } from "../EventLog.ts"
import type { Fact, Origin, Recorded } from "../Fact.ts"
import { derive } from "../Ids.ts"
import type { Codec } from "../wire/CloudEvent.ts"
import * as Subject from "../wire/Subject.ts"
import { guardHeaders, type Write } from "./batch.ts"
import { committer } from "./committer.ts"
import { code, headersOf, isConflict, publish, type Rejected } from "./publish.ts"
import type { NoAnswer, Requests } from "./Requests.ts"

/** What a failed append means, by the server's code. */
const refused = (error: NoAnswer | Rejected, place: string, stream: string) => {
  if (error._tag === "NoAnswer") return new LogUnavailable({ reason: error.reason })
  if (isConflict(error)) return new Conflict({ place })
  switch (error.code) {
    case code.streamFull:
      return new LogFull({ stream, reason: error.description })
    default:
      return new LogUnavailable({ reason: `${error.description} (${error.code})` })
  }
}

/** No place has come so far. */
const never = Number.MAX_SAFE_INTEGER

/** Appends facts to the log, guarded by the place's filter: all of them or none. */
export const appender = (board: Board.Any, nats: NatsConnection, requests: Requests["Service"], codec: Codec) => {
  const lanes = Board.laneOf(board)
  const { one: commit } = committer(nats, requests)

  /**
   * A batch with a message that was taken before is refused without a word on where that stands. Three nodes say so of a
   * lone message, before they look at its guard, which does not hold; one node looks at the guard first, and says nothing.
   */
  const standing = ({ messages: [first], guard }: Write): Effect.Effect<number | undefined, LogUnavailable> => {
    const { id = "", subject, data } = first!
    const headers = headersOf(first!, {
      ...guardHeaders({ filter: guard!.filter, position: never }),
      "Nats-Msg-Id": id
    })
    return publish(requests, subject, data, headers).pipe(
      Effect.map(({ seq }) => seq),
      Effect.catch((error) =>
        error._tag === "Rejected" && isConflict(error)
          ? Effect.undefined
          : Effect.fail(new LogUnavailable({ reason: error._tag === "Rejected" ? error.description : error.reason }))
      )
    )
  }

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
    const write: Write = {
      messages: recorded.map((each) => ({ id: each.id, subject: each.subject, ...codec.encode(each) })),
      guard: { filter: Subject.ofPlace(board, place), position: stand.position }
    }
    const taken = (position?: number) => new AlreadyAppended({ commandId: origin.commandId, position })
    return Effect.matchEffect(commit(write), {
      onFailure: (error): Effect.Effect<never, Conflict | AlreadyAppended | LogUnavailable | LogFull> =>
        error._tag === "Rejected" && error.code === code.batchHasDuplicate
          ? Effect.flatMap(standing(write), (position) => Effect.fail(taken(position)))
          : Effect.fail(refused(error, spelled, board.name)),
      onSuccess: ({ seq, duplicate }) =>
        duplicate
          ? Effect.fail(taken(seq))
          : Effect.succeed(recorded.map((each, n): Recorded => ({ ...each, position: seq - facts.length + 1 + n })))
    })
  }
}
