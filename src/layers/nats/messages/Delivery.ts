import type { Msg } from "@nats-io/transport-node"
import { Result } from "effect"
import type { Codec } from "#layers/codec/boardCodec.ts"
import type { HeaderBlock } from "#layers/codec/HeaderBlock.ts"
import type { Read } from "#layers/services/EventLog.ts"
import { headerBlock } from "./rawHeaders.ts"

/** A message of a stream, as a consumer delivered it. What the server says of it stands in its reply subject (ADR-15). */
export class Delivery {
  readonly message: Msg
  /** Where it stands in the stream. */
  readonly position: number
  /** How many deliveries of this consumer there were up to this one, to any process, since it was last reset. */
  readonly nth: number
  readonly #rest: number
  #headers: HeaderBlock | undefined

  /** @param consumer `.<stream>.<consumer>.`; a domain and an account may come before it */
  constructor(message: Msg, consumer: string) {
    // $JS.ACK.<stream>.<consumer>.<times>.<position>.<nth>.<nanoseconds>.<pending>
    const { reply = "" } = message
    const position = reply.indexOf(".", reply.indexOf(consumer) + consumer.length) + 1
    const nth = reply.indexOf(".", position) + 1
    this.#rest = reply.indexOf(".", nth) + 1
    this.message = message
    this.position = Number(reply.slice(position, nth - 1))
    this.nth = Number(reply.slice(nth, this.#rest - 1))
  }

  #told(n: number): number {
    return Number(this.message.reply?.slice(this.#rest).split(".")[n])
  }

  get headers(): HeaderBlock {
    return (this.#headers ??= headerBlock(this.message))
  }

  /** The fact that it is, where it comes from the log. */
  read(codec: Codec): Read {
    const { message, position, headers } = this
    return Result.merge(codec.read({ subject: message.subject, position, headers, data: () => message.json() }))
  }

  /** When the stream stored it, in milliseconds. */
  get storedAt(): number {
    return Math.floor(this.#told(0) / 1e6)
  }

  /** How many the consumer has still to deliver. */
  get pending(): number {
    return this.#told(1)
  }
}
