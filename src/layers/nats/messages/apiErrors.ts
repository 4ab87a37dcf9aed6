import { JetStreamApiError } from "@nats-io/jetstream"
import { Data } from "effect"

/** JetStream rejected the message. `code` is the server's error code; `description` is for humans only. */
export class PublishRejected extends Data.TaggedError("PublishRejected")<{
  readonly code: number
  readonly description: string
  /** As in HTTP: 4xx for an invalid request, 429 and 5xx for transient failures. */
  readonly status?: number | undefined
  /** It was not sent, because a write that it is based on was not stored. */
  readonly isUnsent?: boolean
}> {}

/** The server's error codes that are distinguished here (ADR-1, ADR-50). */
export const ApiErrorCode = {
  wrongLastSequence: 10071,
  wrongLastSequenceInFlight: 10164,
  batchHasDuplicate: 10201,
  batchIncomplete: 10176,
  streamFull: 10077,
  storageExceeded: 10047,
  memoryExceeded: 10028,
  accountLimitExceeded: 10002,
  insufficientResources: 10023,
  streamNotFound: 10059,
  consumerNotFound: 10014,
  messageNotFound: 10037,
  clusterNotAvailable: 10008,
  noSuitablePeers: 10005
} as const

/** Whether JetStream's API responded with one of these codes. */
export const hasApiCode =
  (...codes: ReadonlyArray<number>) =>
  (error: unknown): boolean =>
    error instanceof JetStreamApiError && codes.includes(error.code)

/** Another write was first: the expected sequence is outdated, or is just changing (three replicas). */
export const isConflict = (error: PublishRejected): boolean =>
  error.code === ApiErrorCode.wrongLastSequence || error.code === ApiErrorCode.wrongLastSequenceInFlight
