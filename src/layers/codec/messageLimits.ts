import { ByteSize, Duration } from "effect"
import type { Keeping } from "#domain/model/index.ts"
import { type MessageLimit, MessageTooLarge } from "#layers/services/EventLog.ts"
import type { Message } from "./boardCodec.ts"

const defaultMaxMessageBytes = 65_536

/** Bytes that nats-server takes as the headers of one message. */
const maxHeaderBytes = 65_535

/** Bytes of the headers that a write adds at the most, besides the filter of its guard: id, guard, batch. */
const addedHeaderBytes = 256

/** Bytes that a stream takes as one message, headers included. */
export const maxMessageSize = ({ maxMessageBytes }: Pick<Keeping, "maxMessageBytes">): number =>
  maxMessageBytes === undefined
    ? defaultMaxMessageBytes
    : ByteSize.toNumberUnsafe(ByteSize.fromInputUnsafe(maxMessageBytes))

/** The most bytes of a message: what its stream takes, or the `max_payload` of a server that takes less. */
export const messageLimit = (keeping: Pick<Keeping, "maxMessageBytes">, maxPayload = Infinity): MessageLimit => {
  const max = maxMessageSize(keeping)
  return maxPayload < max ? { max: maxPayload, limit: "max_payload" } : { max, limit: "maxMessageBytes" }
}

/** Within this time a stream stores a message id once. */
export const duplicateWindowOf = ({ duplicateWindow }: Pick<Keeping, "duplicateWindow">): Duration.Duration =>
  Duration.fromInputUnsafe(duplicateWindow ?? "2 minutes")

/**
 * Why a message is not sent. Before anything is sent: in the middle of a batch the server only says that the batch is
 * incomplete, and the client refuses what is over the connection's `max_payload` with a plain Error.
 */
export const tooLarge = (
  type: string,
  { data, headers }: Message,
  { limit, max }: MessageLimit,
  filter = ""
): MessageTooLarge | undefined => {
  const headerBytes = headers.length + filter.length + addedHeaderBytes
  if (headerBytes > maxHeaderBytes) {
    return new MessageTooLarge({ type, bytes: headerBytes, max: maxHeaderBytes, limit: "headers" })
  }
  // A character of a string is at most three bytes of UTF-8.
  if (headerBytes + data.length * 3 <= max) return undefined
  const bytes = headerBytes + Buffer.byteLength(data)
  return bytes > max ? new MessageTooLarge({ type, bytes, max, limit }) : undefined
}
