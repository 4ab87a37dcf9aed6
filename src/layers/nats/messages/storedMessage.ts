import type { Msg } from "@nats-io/transport-node"
import { parseHeaders } from "#layers/codec/cloudEventAttributes.ts"
import type { StoredMessage } from "#layers/contract/channelsSchema.ts"
import { parseJsonOrText } from "./logMessages.ts"
import { headerText, headerValue } from "./messageHeaders.ts"

/** What the server adds to the headers of a message that it returns from a direct get. */
const addedHeaders = new Set(["Nats-Stream", "Nats-Subject", "Nats-Sequence", "Nats-Time-Stamp", "Nats-Num-Pending"])

/** The message of a direct get with its own headers only. */
export const toStoredMessage = (message: Msg): StoredMessage => {
  const text = headerText(message)
  return {
    stream: headerValue(text, "Nats-Stream"),
    subject: headerValue(text, "Nats-Subject"),
    sequence: Number(headerValue(text, "Nats-Sequence")),
    time: headerValue(text, "Nats-Time-Stamp"),
    headers: Object.fromEntries(parseHeaders(text).filter(([name]) => !addedHeaders.has(name))),
    payload: parseJsonOrText(message.string()) as StoredMessage["payload"]
  }
}
