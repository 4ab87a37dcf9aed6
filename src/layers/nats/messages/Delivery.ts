import type { Msg } from "@nats-io/transport-node"
import { Result } from "effect"
import type { CloudEventCodec } from "#layers/codec/cloudEventCodec.ts"
import type { HeaderBlock } from "#layers/codec/HeaderBlock.ts"
import type { LogEntry } from "#layers/services/EventLog.ts"
import { headerBlock } from "./messageHeaders.ts"

/** A message of a stream, as delivered by a consumer. Its reply subject contains the server's metadata (ADR-15). */
export class Delivery {
  readonly message: Msg
  /** Position in the stream. */
  readonly position: number
  /** Number of this delivery among the consumer's deliveries to any process since its last reset. */
  readonly deliverySequence: number
  readonly #remainderStart: number
  #headers: HeaderBlock | undefined

  /** @param consumer `.<stream>.<consumer>.`; a domain and an account may come before it */
  constructor(message: Msg, consumer: string) {
    // $JS.ACK.<stream>.<consumer>.<delivered>.<position>.<deliverySequence>.<nanoseconds>.<pending>
    const { reply = "" } = message
    const positionStart = reply.indexOf(".", reply.indexOf(consumer) + consumer.length) + 1
    const sequenceStart = reply.indexOf(".", positionStart) + 1
    this.#remainderStart = reply.indexOf(".", sequenceStart) + 1
    this.message = message
    this.position = Number(reply.slice(positionStart, sequenceStart - 1))
    this.deliverySequence = Number(reply.slice(sequenceStart, this.#remainderStart - 1))
  }

  #ackToken(n: number): number {
    return Number(this.message.reply?.slice(this.#remainderStart).split(".")[n])
  }

  get headers(): HeaderBlock {
    return (this.#headers ??= headerBlock(this.message))
  }

  /** Decodes the event of a message from the log. */
  read(codec: CloudEventCodec): LogEntry {
    const { message, position, headers } = this
    return Result.merge(codec.decodeLazily({ subject: message.subject, position, headers, data: () => message.json() }))
  }

  /** When the stream stored it, in milliseconds since the epoch. */
  get storedAt(): number {
    return Math.floor(this.#ackToken(0) / 1e6)
  }

  /** Number of messages that the consumer has yet to deliver. */
  get pending(): number {
    return this.#ackToken(1)
  }
}
