import type { NoAnswer } from "#layers/nats/connection/Requests.ts"
import { LogFull, LogUnavailable, WriteRejected } from "#layers/services/EventLog.ts"
import { code, type Rejected } from "./publish.ts"

export type WriteError = LogUnavailable | LogFull | WriteRejected

/** A limit is reached: of the stream, the account or the server. An operator raises it, or frees some of the disk. */
const limits: ReadonlySet<number> = new Set([
  code.streamFull,
  code.storageExceeded,
  code.memoryExceeded,
  code.accountLimitExceeded,
  code.insufficientResources
])

/** The server says 400 or 404 although the same write may be taken the next time. */
const passing: ReadonlySet<number> = new Set([
  code.wrongLastSequence,
  code.wrongLastSequenceInFlight,
  code.batchIncomplete,
  code.batchHasDuplicate,
  code.streamNotFound,
  code.noSuitablePeers
])

/** 409: the first sending of the same message id is still being stored (10158). 429: too many batches at once. */
const passingStatus: ReadonlySet<number> = new Set([409, 429])

/** Whether the same write may be taken the next time; the rest is refused however often it is sent. */
const mayPass = ({ code, status = 503 }: Rejected): boolean =>
  passingStatus.has(status) || status >= 500 || passing.has(code)

/**
 * What a failed write means to its sender: by the server's error code, and by the kind of it (409, 429 and 5xx pass, other 4xx
 * do not) for codes that are not known here. Conflicts and duplicates are told apart before.
 */
export const writeError = (error: NoAnswer | Rejected, stream: string, where = ""): WriteError => {
  if (error._tag === "NoAnswer") return new LogUnavailable({ reason: `${where}${error.reason}` })
  const reason = `${error.description} (${error.code})`
  if (limits.has(error.code)) return new LogFull({ stream, reason })
  return mayPass(error)
    ? new LogUnavailable({ reason: `${where}${reason}` })
    : new WriteRejected({ reason: `${where}${reason}` })
}
