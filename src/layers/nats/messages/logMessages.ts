import type { Msg } from "@nats-io/transport-node"
import { parseAttributes, parseHeaders } from "#layers/codec/cloudEventAttributes.ts"
import type { CloudEventCodec } from "#layers/codec/cloudEventCodec.ts"
import type { LogMessage } from "#layers/services/LogReader.ts"
import type { Delivery } from "./Delivery.ts"
import { headerText, headerValue } from "./messageHeaders.ts"

export const parseJsonOrText = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Decodes lazily, since most messages are only counted. */
abstract class BaseMessage implements LogMessage {
  readonly position: number
  readonly subject: string
  readonly #codec: CloudEventCodec
  readonly #message: Msg
  #event: ReturnType<LogMessage["event"]> | undefined

  constructor(codec: CloudEventCodec, message: Msg, position: number, subject: string) {
    this.#codec = codec
    this.#message = message
    this.position = position
    this.subject = subject
  }

  abstract get storedAt(): number

  readonly event = () => {
    const { position, subject } = this
    const headers = parseHeaders(headerText(this.#message))
    return (this.#event ??= this.#codec.decode({
      position,
      subject,
      headers,
      data: () => JSON.parse(this.#message.string())
    }))
  }

  // Not the client's map of headers: to build it costs more than all other work on a message.
  readonly attributes = () => parseAttributes(parseHeaders(headerText(this.#message)))

  readonly data = () => parseJsonOrText(this.#message.string())
}

/** A message that a consumer delivered. */
export class ConsumedMessage extends BaseMessage {
  readonly #delivery: Delivery

  constructor(codec: CloudEventCodec, delivery: Delivery) {
    super(codec, delivery.message, delivery.position, delivery.message.subject)
    this.#delivery = delivery
  }

  get storedAt() {
    return this.#delivery.storedAt
  }
}

/** A message from a direct get. */
export class DirectGetMessage extends BaseMessage {
  readonly #storedAt: string

  constructor(codec: CloudEventCodec, message: Msg) {
    const text = headerText(message)
    super(codec, message, Number(headerValue(text, "Nats-Sequence")), headerValue(text, "Nats-Subject"))
    this.#storedAt = headerValue(text, "Nats-Time-Stamp")
  }

  get storedAt() {
    return Date.parse(this.#storedAt)
  }
}
