import { jetstreamManager } from "@nats-io/jetstream"
import { Effect, Layer, Schedule, Semaphore } from "effect"
import { type Board, Name } from "#domain/model/index.ts"
import { codecOf } from "#layers/codec/boardCodec.ts"
import { messageLimit, tooLarge } from "#layers/codec/messageLimits.ts"
import { Nats } from "#layers/nats/connection/Nats.ts"
import { type NoAnswer, Requests } from "#layers/nats/connection/Requests.ts"
import { copies } from "#layers/nats/integrity/stalledSources.ts"
import { auditRoom, refusedStream } from "#layers/nats/publish/auditTrimming.ts"
import { committer } from "#layers/nats/publish/groupCommitter.ts"
import { code, type Rejected } from "#layers/nats/publish/publish.ts"
import { writeError } from "#layers/nats/publish/writeErrors.ts"
import { Audit, type Line } from "#layers/services/Audit.ts"

/** `audit.refused.book-room.1_2022-12-12`, `audit.voided.25`, `audit.dismissed.view-booking-v1.25`: in the stream `audit-refused`. */
const subjectOf = ({ outcome, command, dismissed, place, voided }: Line) => {
  if (voided) return `audit.voided.${voided.position}`
  if (dismissed) return `audit.dismissed.${dismissed.consumer}.${dismissed.position}`
  return `audit.${outcome}.${Name.kebab(command)}.${place.slice(place.indexOf("/") + 1)}`
}

const isFull = (error: Rejected | NoAnswer) => error._tag === "Rejected" && error.code === code.streamFull

/** Room that was made may be taken by others first. */
const mostTries = 8

/** How often it is looked whether the audit has room, and whether it and the lanes follow the log. */
const pause = "30 seconds"

export const layer = (board: Board.Any) =>
  Layer.effect(
    Audit,
    Effect.gen(function* () {
      const nats = yield* Nats
      const { one: commit } = committer(nats, yield* Requests)
      const manager = yield* Effect.promise(() => jetstreamManager(nats, { checkAPI: false }))
      const { inAudit, inRefused } = auditRoom(manager, board)
      const codec = codecOf(board)
      const limit = () => messageLimit(board.audit, nats.info?.max_payload)
      yield* Effect.ignore(inAudit).pipe(
        Effect.andThen(Effect.ignore(copies(manager, board))),
        Effect.repeat(Schedule.spaced(pause)),
        Effect.forkScoped
      )
      // Of all who found it full at once, the first makes room.
      const oneByOne = yield* Semaphore.make(1)
      const roomMade = oneByOne.withPermit(Effect.ignore(inRefused))
      return {
        write: (line) => {
          const message = codec.encodeLine(line)
          const error = tooLarge(line.refusal?._tag ?? line.command, message, limit())
          if (error) return Effect.fail(error)
          return commit({ messages: [{ id: line.id, subject: subjectOf(line), ...message }] }).pipe(
            Effect.tapError((error) => (isFull(error) ? roomMade : Effect.void)),
            Effect.retry({ while: isFull, times: mostTries }),
            Effect.mapError((error) => writeError(error, refusedStream, `${refusedStream}: `)),
            Effect.asVoid
          )
        }
      }
    })
  )
