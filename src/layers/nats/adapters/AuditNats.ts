import { jetstreamManager } from "@nats-io/jetstream"
import { Effect, Layer, Schedule, Semaphore } from "effect"
import { type Board, Name } from "#domain/model/index.ts"
import { cloudEventCodec } from "#layers/codec/cloudEventCodec.ts"
import { messageLimit, checkMessageSize } from "#layers/codec/messageLimits.ts"
import { Nats } from "#layers/nats/connection/Nats.ts"
import { type RequestFailed, Requests } from "#layers/nats/connection/Requests.ts"
import { resumeStalledCopies } from "#layers/nats/integrity/copies/resumeStalledCopies.ts"
import { ApiErrorCode, type PublishRejected } from "#layers/nats/messages/apiErrors.ts"
import { makeAuditTrimmer, rejectionsStream } from "#layers/nats/publish/auditTrimmer.ts"
import { makeGroupCommitter } from "#layers/nats/publish/groupCommitter.ts"
import { toWriteError } from "#layers/nats/publish/writeErrors.ts"
import { Audit, type AuditEntry } from "#layers/services/Audit.ts"

/**
 * Subjects of the stream `audit-refused`: `audit.refused.book-room.1_2022-12-12`, `audit.voided.25`,
 * `audit.dismissed.view-booking-v1.25`.
 */
const subjectOf = ({ outcome, command, dismissed, streamId, voided }: AuditEntry) => {
  if (voided) return `audit.voided.${voided.position}`
  if (dismissed) return `audit.dismissed.${dismissed.consumer}.${dismissed.position}`
  return `audit.${outcome}.${Name.kebab(command)}.${streamId.slice(streamId.indexOf("/") + 1)}`
}

const isStreamFull = (error: PublishRejected | RequestFailed) =>
  error._tag === "PublishRejected" && error.code === ApiErrorCode.streamFull

/** Other writers may use up the freed space first. */
const maxRetries = 8

/** How often the fill of the audit is checked, and whether it and the lanes still copy the log. */
const auditCheckInterval = "30 seconds"

export const layer = (board: Board.Any) =>
  Layer.effect(
    Audit,
    Effect.gen(function* () {
      const nats = yield* Nats
      const { commit } = makeGroupCommitter(nats, yield* Requests)
      const manager = yield* Effect.promise(() => jetstreamManager(nats, { checkAPI: false }))
      const { trimAudit, trimRejections } = makeAuditTrimmer(manager, board)
      const codec = cloudEventCodec(board)
      const maxMessageBytes = () => messageLimit(board.audit, nats.info?.max_payload)
      yield* Effect.ignore(trimAudit).pipe(
        Effect.andThen(Effect.ignore(resumeStalledCopies(manager, board))),
        Effect.repeat(Schedule.spaced(auditCheckInterval)),
        Effect.forkScoped
      )
      // Of several writes that find the stream full at once, the first trims it and the others find it trimmed.
      const trimLock = yield* Semaphore.make(1)
      const makeRoom = trimLock.withPermit(Effect.ignore(trimRejections))
      return {
        write: (entry) => {
          const message = codec.encodeAuditEntry(entry)
          const error = checkMessageSize(entry.rejection?._tag ?? entry.command, message, maxMessageBytes())
          if (error) return Effect.fail(error)
          return commit({ messages: [{ id: entry.id, subject: subjectOf(entry), ...message }] }).pipe(
            Effect.tapError((error) => (isStreamFull(error) ? makeRoom : Effect.void)),
            Effect.retry({ while: isStreamFull, times: maxRetries }),
            Effect.mapError((error) => toWriteError(error, rejectionsStream, `${rejectionsStream}: `)),
            Effect.asVoid
          )
        }
      }
    })
  )
