import { type Board, Name } from "#domain/grammar/index.ts"
import { Effect, Layer } from "effect"
import { Audit, type Line } from "../Audit.ts"
import { LogFull, LogUnavailable } from "../EventLog.ts"
import { codecOf } from "../wire/CloudEvent.ts"
import { code, headersOf, publish } from "./publish.ts"
import { Requests } from "./Requests.ts"

/** `audit.refused.book-room.1_2022-12-12`, in the stream `audit`. */
const subjectOf = ({ outcome, command, place }: Line) =>
  `audit.${outcome}.${Name.kebab(command)}.${place.slice(place.indexOf("/") + 1)}`

export const layer = (board: Board.Any) =>
  Layer.effect(
    Audit,
    Effect.gen(function* () {
      const requests = yield* Requests
      const codec = codecOf(board)
      const write = Effect.fnUntraced(function* (line: Line) {
        const message = codec.encodeLine(line)
        const headers = headersOf(message, { "Nats-Msg-Id": line.id })
        yield* publish(requests, subjectOf(line), message.data, headers).pipe(
          Effect.catchTags({
            NoAnswer: ({ reason }) => Effect.fail(new LogUnavailable({ reason })),
            Rejected: ({ code: said, description }) =>
              Effect.fail(
                said === code.streamFull
                  ? new LogFull({ reason: `audit: ${description}` })
                  : new LogUnavailable({ reason: `audit: ${description} (${said})` })
              )
          })
        )
      })
      return { write }
    })
  )
