import { ByteSize, Duration } from "effect"
import type { Retention } from "#domain/model/index.ts"
import { type MessageLimit, MessageTooLarge } from "#layers/services/EventLog.ts"
import type { Message } from "./cloudEventCodec.ts"

const defaultMaxMessageBytes = 65_536

/** Bytes that nats-server takes as the headers of one message. */
const maxHeaderBytes = 65_535

/** Bytes of the headers that a write adds at the most, besides the filter of its guard: id, guard, batch. */
const addedHeaderBytes = 256

/** Bytes that a stream takes as one message, headers included. */
export const maxMessageBytesOf = ({ maxMessageBytes }: Pick<Retention, "maxMessageBytes">): number =>
  maxMessageBytes === undefined
    ? defaultMaxMessageBytes
    : ByteSize.toNumberUnsafe(ByteSize.fromInputUnsafe(maxMessageBytes))

/** The most bytes of a message: what its stream takes, or the `max_payload` of a server that takes less. */
export const messageLimit = (retention: Pick<Retention, "maxMessageBytes">, maxPayload = Infinity): MessageLimit => {
  const maxBytes = maxMessageBytesOf(retention)
  return maxPayload < maxBytes ? { maxBytes: maxPayload, limit: "max_payload" } : { maxBytes, limit: "maxMessageBytes" }
}

/** Within this time a stream stores a message id once. */
export const duplicateWindowOf = ({ duplicateWindow }: Pick<Retention, "duplicateWindow">): Duration.Duration =>
  Duration.fromInputUnsafe(duplicateWindow ?? "2 minutes")

/**
 * Why a message is not sent. Before anything is sent: in the middle of a batch the server only says that the batch is
 * incomplete, and the client refuses what is over the connection's `max_payload` with a plain Error.
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
  // A character of a string is at most three bytes of UTF-8.
  if (headerBytes + data.length * 3 <= maxBytes) return undefined
  const bytes = headerBytes + Buffer.byteLength(data)
  return bytes > maxBytes ? new MessageTooLarge({ type, bytes, maxBytes, limit }) : undefined
}
