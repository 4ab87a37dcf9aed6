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

/** JetStream answered, and said no. `code` is the server's error code; its text is for people only. */
export class PublishRejected extends Data.TaggedError("PublishRejected")<{
  readonly code: number
  readonly description: string
  /** As in HTTP: 4xx for what is wrong with the request, 429 and 5xx for what may pass. */
  readonly status?: number | undefined
}> {}

/** The server's error codes that mean something here (ADR-1, ADR-50). */
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

/** Whether JetStream's API said one of these. */
export const hasApiCode =
  (...codes: ReadonlyArray<number>) =>
  (error: unknown): boolean =>
    error instanceof JetStreamApiError && codes.includes(error.code)

/** Somebody else wrote first: what was expected is not so any more, or is just changing (three replicas). */
export const isConflict = (error: PublishRejected): boolean =>
  error.code === ApiErrorCode.wrongLastSequence || error.code === ApiErrorCode.wrongLastSequenceInFlight

/**
 * Headers as the text that goes over the wire. The client's own look through all of them for each one that is added;
 * values must be free of line breaks, as `CloudEvent` makes them.
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

/** What JetStream says of a published message. */
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
