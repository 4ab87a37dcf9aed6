import type { JetStreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, Result } from "effect"
import type { Requests } from "#layers/nats/connection/Requests.ts"
import { messageAt, parseCopyOrigin, sourceHeader } from "#layers/nats/integrity/copies/copiedMessages.ts"
import { attempt, type EventCopy } from "#layers/nats/integrity/inventory.ts"
import { headerValue } from "#layers/nats/messages/messageHeaders.ts"
import { type OutgoingMessage, makePublisher } from "#layers/nats/publish/publish.ts"
import { LogUnavailable } from "#layers/services/EventLog.ts"

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

/** Reads the event of which a lane or the audit has a copy, as it was in the log. */
export const readEventCopy = (manager: JetStreamManager, { sequence, stream }: EventCopy) =>
  attempt(async () => {
    const message = await messageAt(manager, stream, { seq: sequence })
    const origin = parseCopyOrigin(message?.header.get(sourceHeader) ?? "")
    if (!message || !origin) throw new Error(`${stream} does not have its message ${sequence} any more`)
    const lines = Array.from(message.header, ([name, values]) => `${name}: ${values[0]}${endOfLine}`)
    return toOutgoingMessage(origin.subject, `NATS/1.0${endOfLine}${lines.join("")}${endOfLine}`, message.string())
  })

/**
 * Appends messages to a stream that ends at `position`, as one batch: all of them, at exactly the positions after it,
 * or none. Returns the new end.
 *
 * @param filter matches everything in the stream
 */
export const appendBatchAt = (
  nats: NatsConnection,
  requests: Requests["Service"],
  filter: string,
  position: number,
  messages: ReadonlyArray<OutgoingMessage>
): Effect.Effect<number, LogUnavailable> =>
  Effect.callback((resume) => {
    const end = position + messages.length
    makePublisher(nats, requests)([{ messages, guards: [{ filter, position }] }], (result) => {
      if (Result.isSuccess(result) && result.success.seq === end) return resume(Effect.succeed(end))
      const reason = Result.isFailure(result)
        ? result.failure._tag === "PublishRejected"
          ? `${result.failure.description} (${result.failure.code})`
          : result.failure.reason
        : `they are at ${result.success.seq}`
      resume(
        Effect.fail(new LogUnavailable({ reason: `positions ${position + 1} to ${end} were not written: ${reason}` }))
      )
    })
  })
