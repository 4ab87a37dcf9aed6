import { Board, Boundary } from "#domain/grammar/index.ts"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import { AlreadyAppended, Conflict, LogFull, LogUnavailable, type Stand } from "../EventLog.ts"
import type { Fact, Origin, Recorded } from "../Fact.ts"
import { derive } from "../Ids.ts"
import type { Codec } from "../wire/CloudEvent.ts"
import * as Subject from "../wire/Subject.ts"
import type { Write } from "./batch.ts"
import { committer } from "./committer.ts"
import { code, isConflict, type Rejected } from "./publish.ts"
import type { NoAnswer, Requests } from "./Requests.ts"

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

/** Appends facts to the log, guarded by the place's filter: all of them or none. */
export const appender = (board: Board.Any, nats: NatsConnection, requests: Requests["Service"], codec: Codec) => {
  const lanes = Board.laneOf(board)
  const commit = committer(nats, requests)

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
    return Effect.matchEffect(commit(write), {
      onFailure: (error) => Effect.fail(refused(error, spelled, origin.commandId)),
      onSuccess: ({ seq, duplicate }) =>
        duplicate
          ? Effect.fail(new AlreadyAppended({ commandId: origin.commandId, position: seq }))
          : Effect.succeed(recorded.map((each, n): Recorded => ({ ...each, position: seq - facts.length + 1 + n })))
    })
  }
}
