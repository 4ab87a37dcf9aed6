import { ByteSize, Duration } from "effect"
import type { Retention } from "#domain/model/index.ts"
import { type MessageLimit, MessageTooLarge } from "#layers/services/EventLog.ts"
import type { Message } from "./cloudEventCodec.ts"

const defaultMaxMessageBytes = 65_536

/** The limit of a message that no stream stores: the `max_payload` of the server, by default that of nats-server. */
export const payloadLimit = (maxPayload = 1_048_576): MessageLimit => ({ maxBytes: maxPayload, limit: "max_payload" })

/** The most bytes that nats-server accepts as the headers of one message. */
const maxHeaderBytes = 65_535

/** The most bytes that the headers of a write add (message id, guard, batch), apart from the guard's filter. */
const addedHeaderBytes = 256

/** The most bytes of one message in a JetStream stream, headers included; 64 KiB by default. */
export const maxMessageBytesOf = ({ maxMessageBytes }: Pick<Retention, "maxMessageBytes">): number =>
  maxMessageBytes === undefined
    ? defaultMaxMessageBytes
    : ByteSize.toNumberUnsafe(ByteSize.fromInputUnsafe(maxMessageBytes))

/** The most bytes of a message: the limit of its JetStream stream, or the server's `max_payload` if that is lower. */
export const messageLimit = (retention: Pick<Retention, "maxMessageBytes">, maxPayload = Infinity): MessageLimit => {
  const maxBytes = maxMessageBytesOf(retention)
  return maxPayload < maxBytes ? { maxBytes: maxPayload, limit: "max_payload" } : { maxBytes, limit: "maxMessageBytes" }
}

/** The time within which a JetStream stream stores a message id only once. */
export const duplicateWindowOf = ({ duplicateWindow }: Pick<Retention, "duplicateWindow">): Duration.Duration =>
  Duration.fromInputUnsafe(duplicateWindow ?? "2 minutes")

/**
 * Returns an error if a message is too large. To be called before anything is sent: in the middle of a batch the server
 * only reports that the batch is incomplete, and the client throws a plain Error for a message over the connection's
 * `max_payload`.
 */
export const checkMessageSize = (
  type: string,
  { data, headers }: Message,
  { limit, maxBytes }: MessageLimit,
  guardFilter = ""
): MessageTooLarge | undefined => {
  const headerBytes = headers.length + guardFilter.length + addedHeaderBytes
  if (headerBytes > maxHeaderBytes) {
    return new MessageTooLarge({ type, bytes: headerBytes, maxBytes: maxHeaderBytes, limit: "headers" })
  }
  // A UTF-16 code unit is at most three bytes of UTF-8.
  if (headerBytes + data.length * 3 <= maxBytes) return undefined
  const bytes = headerBytes + Buffer.byteLength(data)
  return bytes > maxBytes ? new MessageTooLarge({ type, bytes, maxBytes, limit }) : undefined
}
