import type { JetStreamManager } from "@nats-io/jetstream"
import { headerValue } from "#layers/nats/messages/messageHeaders.ts"
import { messageAt, parseCopyOrigin, sourceHeader } from "#layers/nats/provision/copies/copiedMessages.ts"
import type { OutgoingMessage } from "#layers/nats/publish/publish.ts"

const endOfLine = "\r\n"

/**
 * Converts a stored message to one that is published again: the event's own headers, its body, and its message id for
 * deduplication. Headers that the server or a guard added are left out: they concern the first publication.
 *
 * @param headers as received: `NATS/1.0`, one line each, and an empty line
 */
export const toOutgoingMessage = (subject: string, headers: string, data: string): OutgoingMessage => {
  const lines = headers.split(endOfLine).slice(1).filter(Boolean)
  const own = lines.filter((line) => !/^nats-/iu.test(line))
  const id = headerValue(headers, "Nats-Msg-Id")
  return {
    subject,
    data,
    headers: own.map((line) => line + endOfLine).join(""),
    ...(id !== "" && { id })
  }
}

/**
 * Reads a message of a stream as it is in the log: of a stream that copies the log, under the subject that it has there.
 * Undefined if there is none.
 */
export const readOutgoing = async (
  manager: JetStreamManager,
  stream: string,
  sequence: number
): Promise<OutgoingMessage | undefined> => {
  const message = await messageAt(manager, stream, { seq: sequence })
  if (!message) return undefined
  // A bare message has no headers.
  const all = Array.from(message.header ?? [], ([name, values]) => `${name}: ${values[0]}${endOfLine}`)
  const origin = parseCopyOrigin(message.header?.get(sourceHeader) ?? "")
  const headers = `NATS/1.0${endOfLine}${all.join("")}${endOfLine}`
  return toOutgoingMessage(origin?.subject ?? message.subject, headers, message.string())
}
