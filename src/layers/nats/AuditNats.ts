import { type Board, Name } from "#domain/grammar/index.ts"
import { Effect, Layer } from "effect"
import { Audit, type Line } from "../Audit.ts"
import { codecOf } from "../wire/CloudEvent.ts"
import { maxMessageSize, tooLarge } from "../wire/limits.ts"
import { committer } from "./committer.ts"
import { Nats } from "./Nats.ts"
import { writeError } from "./rejection.ts"
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
      const nats = yield* Nats
      const { one: commit } = committer(nats, yield* Requests)
      const codec = codecOf(board)
      const maxBytes = () => Math.min(maxMessageSize(board.audit), nats.info?.max_payload ?? Infinity)
      return {
        write: (line) => {
          const message = codec.encodeLine(line)
          const error = tooLarge(line.refusal?._tag ?? line.command, message, maxBytes())
          if (error) return Effect.fail(error)
          return commit({ messages: [{ id: line.id, subject: subjectOf(line), ...message }] }).pipe(
            Effect.mapError((error) => writeError(error, "audit-refused", "audit-refused: ")),
            Effect.asVoid
          )
        }
      }
    })
  )
