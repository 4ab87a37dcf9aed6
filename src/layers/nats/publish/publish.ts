import { JetStreamApiError } from "@nats-io/jetstream"
import type { Msg, MsgHdrs } from "@nats-io/transport-node"
import { Data, Effect, Result } from "effect"
import type { Message } from "#layers/codec/boardCodec.ts"
import type { NoAnswer, Requests } from "#layers/nats/connection/Requests.ts"

/** JetStream's answer to a published message. */
export interface Ack {
  readonly stream: string
  readonly seq: number
  readonly duplicate?: boolean
}

/** JetStream answered, and said no. `code` is the server's error code; its text is for people only. */
export class Rejected extends Data.TaggedError("Rejected")<{
  readonly code: number
  readonly description: string
  /** As in HTTP: 4xx for what is wrong with the request, 429 and 5xx for what may pass. */
  readonly status?: number | undefined
}> {}

/** The server's error codes that mean something here (ADR-1, ADR-50). */
export const code = {
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
export const saysOneOf =
  (...codes: ReadonlyArray<number>) =>
  (error: unknown): boolean =>
    error instanceof JetStreamApiError && codes.includes(error.code)

/** Somebody else wrote first: what was expected is not so any more, or is just changing (three replicas). */
export const isConflict = (error: Rejected): boolean =>
  error.code === code.wrongLastSequence || error.code === code.wrongLastSequenceInFlight

/**
 * Headers as the text that goes over the wire. The client's own look through all of them for each one that is added;
 * values must be free of line breaks, as `CloudEvent` makes them.
 */
export const headersOf = (message: Pick<Message, "headers">, more: Readonly<Record<string, string>>): MsgHdrs => {
  let text = `NATS/1.0\r\n${message.headers}`
  for (const name in more) text += `${name}: ${more[name]}\r\n`
  return { encode: () => Buffer.from(`${text}\r\n`, "latin1") } as unknown as MsgHdrs
}

interface ApiError {
  readonly code: number
  readonly err_code: number
  readonly description: string
}

/** What JetStream says of a published message. */
export const acknowledged = (answer: Msg): Result.Result<Ack, Rejected> => {
  const ack = answer.json<Ack & { readonly error?: ApiError }>()
  if (!ack.error) return Result.succeed(ack)
  const { code: status, description, err_code } = ack.error
  return Result.fail(new Rejected({ code: err_code, description, status }))
}

/** Publishes one message and waits until it is stored. */
export const publish = (
  requests: Requests["Service"],
  subject: string,
  data: string,
  headers: MsgHdrs
): Effect.Effect<Ack, Rejected | NoAnswer> =>
  Effect.flatMap(requests.one(subject, data, headers), (answer) => Effect.fromResult(acknowledged(answer)))
