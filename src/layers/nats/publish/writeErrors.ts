import type { RequestFailed } from "#layers/nats/connection/Requests.ts"
import { ApiErrorCode, type PublishRejected } from "#layers/nats/messages/apiErrors.ts"
import { LogFull, LogUnavailable, WriteRejected } from "#layers/services/EventLog.ts"

export type WriteError = LogUnavailable | LogFull | WriteRejected

/** A limit of the stream, the account or the server is reached. An operator raises it, or frees disk space. */
const limitCodes: ReadonlySet<number> = new Set([
  ApiErrorCode.streamFull,
  ApiErrorCode.storageExceeded,
  ApiErrorCode.memoryExceeded,
  ApiErrorCode.accountLimitExceeded,
  ApiErrorCode.insufficientResources
])

/** Codes that the server sends with 400 or 404, although a retry may succeed. */
const transientCodes: ReadonlySet<number> = new Set([
  ApiErrorCode.wrongLastSequence,
  ApiErrorCode.wrongLastSequenceInFlight,
  ApiErrorCode.batchIncomplete,
  ApiErrorCode.batchHasDuplicate,
  ApiErrorCode.streamNotFound,
  ApiErrorCode.noSuitablePeers
])

/** 409: the first message with the same id is still being stored (10158). 429: too many batches at once. */
const transientStatuses: ReadonlySet<number> = new Set([409, 429])

/** Whether a retry of the same write may succeed; other rejections are permanent. */
const isTransientRejection = ({ code, status = 503 }: PublishRejected): boolean =>
  transientStatuses.has(status) || status >= 500 || transientCodes.has(code)

/**
 * The error of a failed write for its sender: by the server's error code, and for unknown codes by the status (409, 429
 * and 5xx are transient, other 4xx are not). Conflicts and duplicates are handled before.
 */
export const toWriteError = (error: RequestFailed | PublishRejected, stream: string, prefix = ""): WriteError => {
  if (error._tag === "RequestFailed") return new LogUnavailable({ reason: `${prefix}${error.reason}` })
  const reason = `${error.description} (${error.code})`
  if (limitCodes.has(error.code)) return new LogFull({ stream, reason })
  return isTransientRejection(error)
    ? new LogUnavailable({ reason: `${prefix}${reason}` })
    : new WriteRejected({ reason: `${prefix}${reason}` })
}
