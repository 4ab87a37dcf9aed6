import { Effect, Schedule } from "effect"
import type { RawMessage } from "#layers/codec/eventDecoder.ts"
import { HeaderBlock } from "#layers/codec/HeaderBlock.ts"
import { RequestFailed, type Requests } from "#layers/nats/connection/Requests.ts"
import { ApiErrorCode } from "#layers/nats/messages/apiErrors.ts"
import { hasTombstoneHeader, parseWriter } from "#layers/nats/messages/messageHeaders.ts"
import { upToElapsed } from "#layers/timing/upToElapsed.ts"

/** Retries of a read from a replica that is behind. */
export const staleReplicaRetry = Schedule.spaced("2 millis").pipe(upToElapsed("3 seconds"))

/** A message in the server's JSON: headers and body are base64. */
export interface LeaderMessage {
  readonly subject: string
  readonly seq: number
  readonly time: string
  readonly hdrs?: string
  readonly data?: string
}

interface MessageGetResponse {
  readonly message?: LeaderMessage
  readonly error?: { readonly err_code: number; readonly description: string }
}

const decodeBase64 = (base64 = "") => Buffer.from(base64, "base64").toString()

/** Converts a message to the input of a codec. */
export const toRawMessage = ({ subject, seq, hdrs, data }: LeaderMessage): RawMessage => ({
  subject,
  position: seq,
  headers: HeaderBlock.of(decodeBase64(hdrs)),
  data: () => JSON.parse(decodeBase64(data))
})

/** The headers of a message as lines of text. */
export const headerTextOf = ({ hdrs }: LeaderMessage): string => decodeBase64(hdrs)

/** The body of a message. */
export const bodyOf = ({ data }: LeaderMessage): string => decodeBase64(data)

/** Whether a message is a tombstone, which removes a key of a bucket. */
export const isTombstone = ({ hdrs }: LeaderMessage): boolean => hasTombstoneHeader(decodeBase64(hdrs))

/** The process that wrote a row, if the header is set. */
export const writerOf = ({ hdrs }: LeaderMessage) => parseWriter(decodeBase64(hdrs))

/**
 * Reads from the stream's leader. Direct reads are answered by the nearest replica, which on a cluster may be some
 * milliseconds behind acknowledged writes.
 */
export const makeLeaderReads = (requests: Requests["Service"], stream: string) => {
  const api = `$JS.API.STREAM.MSG.GET.${stream}`
  const get = (query: object): Effect.Effect<LeaderMessage | undefined, RequestFailed> =>
    Effect.flatMap(requests.one(api, JSON.stringify(query)), (reply) => {
      const { error, message } = reply.json<MessageGetResponse>()
      return message !== undefined || error?.err_code === ApiErrorCode.messageNotFound
        ? Effect.succeed(message)
        : Effect.fail(new RequestFailed({ subject: api, reason: error?.description ?? "the response is empty" }))
    })
  return {
    /** The newest message on a subject, wildcards allowed. */
    last: (subject: string) => get({ last_by_subj: subject }),
    /** The first message on a subject from a position on, wildcards allowed. */
    next: (subject: string, from: number) => get({ next_by_subj: subject, seq: from })
  }
}
