import type { Msg } from "@nats-io/transport-node"
import type { Codec } from "#layers/codec/boardCodec.ts"
import { attributesOf, linesOf } from "#layers/codec/cloudEventAttributes.ts"
import type { Logged } from "#layers/services/LogReader.ts"
import type { Delivery } from "./Delivery.ts"
import { headerText, valueIn } from "./rawHeaders.ts"

const jsonOr = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Most messages are only counted: nothing is worked out before it is asked for. */
abstract class Stored implements Logged {
  readonly position: number
  readonly subject: string
  readonly #codec: Codec
  readonly #message: Msg
  #fact: ReturnType<Logged["fact"]> | undefined

  constructor(codec: Codec, message: Msg, position: number, subject: string) {
    this.#codec = codec
    this.#message = message
    this.position = position
    this.subject = subject
  }

  abstract get storedAt(): number

  readonly fact = () => {
    const { position, subject } = this
    const headers = linesOf(headerText(this.#message))
    return (this.#fact ??= this.#codec.decode({
      position,
      subject,
      headers,
      data: () => JSON.parse(this.#message.string())
    }))
  }

  // Not from the client's own map of headers: to make it costs more than all else that is done with a message.
  readonly attributes = () => attributesOf(linesOf(headerText(this.#message)))

  readonly data = () => jsonOr(this.#message.string())
}

/** A message that a consumer delivered. */
export class Delivered extends Stored {
  readonly #delivery: Delivery

  constructor(codec: Codec, delivery: Delivery) {
    super(codec, delivery.message, delivery.position, delivery.message.subject)
    this.#delivery = delivery
  }

  get storedAt() {
    return this.#delivery.storedAt
  }
}

/** A message that a direct get answered with. */
export class Got extends Stored {
  readonly #storedAt: string

  constructor(codec: Codec, message: Msg) {
    const text = headerText(message)
    super(codec, message, Number(valueIn(text, "Nats-Sequence")), valueIn(text, "Nats-Subject"))
    this.#storedAt = valueIn(text, "Nats-Time-Stamp")
  }

  get storedAt() {
    return Date.parse(this.#storedAt)
  }
}
