import type { RequestFailed } from "#layers/nats/connection/Requests.ts"
import { LogFull, LogUnavailable, WriteRejected } from "#layers/services/EventLog.ts"
import { ApiErrorCode, type PublishRejected } from "./publish.ts"

export type WriteError = LogUnavailable | LogFull | WriteRejected

/** A limit is reached: of the stream, the account or the server. An operator raises it, or frees some of the disk. */
const limitCodes: ReadonlySet<number> = new Set([
  ApiErrorCode.streamFull,
  ApiErrorCode.storageExceeded,
  ApiErrorCode.memoryExceeded,
  ApiErrorCode.accountLimitExceeded,
  ApiErrorCode.insufficientResources
])

/** The server says 400 or 404 although the same write may be taken the next time. */
const transientCodes: ReadonlySet<number> = new Set([
  ApiErrorCode.wrongLastSequence,
  ApiErrorCode.wrongLastSequenceInFlight,
  ApiErrorCode.batchIncomplete,
  ApiErrorCode.batchHasDuplicate,
  ApiErrorCode.streamNotFound,
  ApiErrorCode.noSuitablePeers
])

/** 409: the first sending of the same message id is still being stored (10158). 429: too many batches at once. */
const transientStatuses: ReadonlySet<number> = new Set([409, 429])

/** Whether the same write may be taken the next time; the rest is refused however often it is sent. */
const isTransientRejection = ({ code, status = 503 }: PublishRejected): boolean =>
  transientStatuses.has(status) || status >= 500 || transientCodes.has(code)

/**
 * What a failed write means to its sender: by the server's error code, and by the kind of it (409, 429 and 5xx pass, other 4xx
 * do not) for codes that are not known here. Conflicts and duplicates are told apart before.
 */
export const toWriteError = (error: RequestFailed | PublishRejected, stream: string, prefix = ""): WriteError => {
  if (error._tag === "RequestFailed") return new LogUnavailable({ reason: `${prefix}${error.reason}` })
  const reason = `${error.description} (${error.code})`
  if (limitCodes.has(error.code)) return new LogFull({ stream, reason })
  return isTransientRejection(error)
    ? new LogUnavailable({ reason: `${prefix}${reason}` })
    : new WriteRejected({ reason: `${prefix}${reason}` })
}
