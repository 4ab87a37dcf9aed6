import { type Board, Name } from "#domain/grammar/index.ts"
import { Effect, Layer } from "effect"
import { Audit, type Line } from "../Audit.ts"
import { LogFull, LogUnavailable } from "../EventLog.ts"
import { codecOf } from "../wire/CloudEvent.ts"
import { committer } from "./committer.ts"
import { Nats } from "./Nats.ts"
import { code } from "./publish.ts"
import { Requests } from "./Requests.ts"

/** `audit.refused.book-room.1_2022-12-12`, or `audit.voided.25`, in the stream `audit-refused`. */
const subjectOf = ({ outcome, command, place, voided }: Line) =>
  voided
    ? `audit.voided.${voided.position}`
    : `audit.${outcome}.${Name.kebab(command)}.${place.slice(place.indexOf("/") + 1)}`

export const layer = (board: Board.Any) =>
  Layer.effect(
    Audit,
    Effect.gen(function* () {
      const { one: commit } = committer(yield* Nats, yield* Requests)
      const codec = codecOf(board)
      return {
        write: (line) =>
          commit({ messages: [{ id: line.id, subject: subjectOf(line), ...codec.encodeLine(line) }] }).pipe(
            Effect.catchTags({
              NoAnswer: ({ reason }) => Effect.fail(new LogUnavailable({ reason })),
              Rejected: ({ code: said, description }) =>
                Effect.fail(
                  said === code.streamFull
                    ? new LogFull({ stream: "audit-refused", reason: description })
                    : new LogUnavailable({ reason: `audit-refused: ${description} (${said})` })
                )
            }),
            Effect.asVoid
          )
      }
    })
  )
