import { Data } from "effect"

/** The JetStream stream has reached its size limit and accepts no more messages. Nothing was written. */
export class LogFull extends Data.TaggedError("LogFull")<{
  readonly reason: string
  /** The JetStream stream that is full. */
  readonly stream?: string
}> {
  override get message() {
    const stream = this.stream ?? "<stream>"
    return (
      `The stream ${stream} is full (${this.reason}). Nothing was written. Raise its limit, which holds over restarts: ` +
      `nats stream edit ${stream} --max-bytes <bytes, such as 128GiB>`
    )
  }
}

/** An event or a rejection exceeds the size limit of its JetStream stream. Nothing was written; a retry fails, too. */
export class MessageTooLarge extends Data.TaggedError("MessageTooLarge")<{
  /** The name of the event or rejection. */
  readonly type: string
  /** Including its headers, also those that the server needs. */
  readonly bytes: number
  readonly maxBytes: number
  /** The setting that `maxBytes` comes from; `maxMessageBytes`, the board's declaration, by default. */
  readonly limit?: MessageLimit["limit"]
}> {
  override get message() {
    const limit = this.limit ?? "maxMessageBytes"
    return (
      `${this.type} has ${this.bytes} bytes as a message; at most ${this.maxBytes} are stored (${limit}). Nothing was written. ` +
      remedies[limit]
    )
  }
}

/** The most bytes of a message, and the setting that it comes from. */
export interface MessageLimit {
  readonly maxBytes: number
  readonly limit: keyof typeof remedies
}

const remedies = {
  maxMessageBytes: "Make it smaller, or raise maxMessageBytes where the board declares its log or its audit.",
  max_payload: "Make it smaller, or raise max_payload in the configuration of the nats-server.",
  headers: "Make the values in its headers shorter: nats-server accepts no more bytes of headers."
} as const

/** The server refused a write for a permanent reason. Nothing was written. */
export class WriteRejected extends Data.TaggedError("WriteRejected")<{
  /** The server's message and error code. */
  readonly reason: string
}> {
  override get message() {
    return (
      `The server refused the write: ${this.reason}. Nothing was written, and a retry is refused too. ` +
      "Compare the stream's configuration with what the board declares."
    )
  }
}
