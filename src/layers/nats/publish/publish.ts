import { JetStreamApiError } from "@nats-io/jetstream"
import type { Msg, MsgHdrs } from "@nats-io/transport-node"
import { Data, Effect, Result } from "effect"
import type { Message } from "#layers/codec/cloudEventCodec.ts"
import type { RequestFailed, Requests } from "#layers/nats/connection/Requests.ts"

/** JetStream's answer to a published message. */
export interface PubAck {
  readonly stream: string
  readonly seq: number
  readonly duplicate?: boolean
}

/** JetStream rejected the message. `code` is the server's error code; `description` is for humans only. */
export class PublishRejected extends Data.TaggedError("PublishRejected")<{
  readonly code: number
  readonly description: string
  /** As in HTTP: 4xx for an invalid request, 429 and 5xx for transient failures. */
  readonly status?: number | undefined
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

/**
 * Headers in the encoding of NATS. The client's own headers search all names for each one that is added; values must be
 * free of line breaks, as the codec produces them.
 */
export const encodeHeaders = (message: Pick<Message, "headers">, extra: Readonly<Record<string, string>>): MsgHdrs => {
  let text = `NATS/1.0\r\n${message.headers}`
  for (const name in extra) text += `${name}: ${extra[name]}\r\n`
  return { encode: () => Buffer.from(`${text}\r\n`, "latin1") } as unknown as MsgHdrs
}

interface ApiError {
  readonly code: number
  readonly err_code: number
  readonly description: string
}

/** Parses JetStream's answer to a published message. */
export const parseAck = (answer: Msg): Result.Result<PubAck, PublishRejected> => {
  const ack = answer.json<PubAck & { readonly error?: ApiError }>()
  if (!ack.error) return Result.succeed(ack)
  const { code: status, description, err_code } = ack.error
  return Result.fail(new PublishRejected({ code: err_code, description, status }))
}

/** Publishes one message and waits until it is stored. */
export const publish = (
  requests: Requests["Service"],
  subject: string,
  data: string,
  headers: MsgHdrs
): Effect.Effect<PubAck, PublishRejected | RequestFailed> =>
  Effect.flatMap(requests.one(subject, data, headers), (answer) => Effect.fromResult(parseAck(answer)))
