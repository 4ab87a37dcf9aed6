import type { Msg } from "@nats-io/transport-node"
import type { Logged } from "../LogReader.ts"
import { attributesOf } from "../wire/attributes.ts"
import type { Codec } from "../wire/CloudEvent.ts"
import type { Delivery } from "./Delivery.ts"

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
  readonly #message: Pick<Msg, "headers" | "string">
  #fact: ReturnType<Logged["fact"]> | undefined

  constructor(codec: Codec, message: Pick<Msg, "headers" | "string">, position: number, subject: string) {
    this.#codec = codec
    this.#message = message
    this.position = position
    this.subject = subject
  }

  abstract get storedAt(): number

  readonly fact = () => {
    const { position, subject } = this
    const headers = this.#message.headers ?? []
    return (this.#fact ??= this.#codec.decode({
      position,
      subject,
      headers,
      data: () => JSON.parse(this.#message.string())
    }))
  }

  readonly attributes = () => attributesOf(this.#message.headers ?? [])

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
  readonly #message: Msg

  constructor(codec: Codec, message: Msg) {
    const header = (name: string) => message.headers?.get(name) ?? ""
    super(codec, message, Number(header("Nats-Sequence")), header("Nats-Subject"))
    this.#message = message
  }

  get storedAt() {
    return Date.parse(this.#message.headers?.get("Nats-Time-Stamp") ?? "")
  }
}
