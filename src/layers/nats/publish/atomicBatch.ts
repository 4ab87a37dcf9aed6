import { type Msg, type MsgHdrs, type NatsConnection, nuid } from "@nats-io/transport-node"
import { Result } from "effect"
import type { Message } from "#layers/codec/cloudEventCodec.ts"
import { RequestFailed, type Requests } from "#layers/nats/connection/Requests.ts"
import { type PubAck, parseAck, encodeHeaders, type PublishRejected } from "./publish.ts"

export interface OutgoingMessage extends Message {
  /** Within the stream's duplicate window a message with this id is stored once. */
  readonly id?: string
  readonly subject: string
}

/** Messages that are stored together or not at all. */
export interface Write {
  readonly messages: ReadonlyArray<OutgoingMessage>
  /**
   * Of two writes with the same guard filter, the second waits for the first. Without a guard, no version is checked.
   */
  readonly guard?: Guard
}

/** The newest message on subjects that match `filter` must be at this position. */
export interface Guard {
  readonly filter: string
  readonly position: number
}

export type WriteCallback = (result: Result.Result<PubAck, PublishRejected | RequestFailed>) => void

export const guardHeaders = ({ filter, position }: Guard) => ({
  "Nats-Expected-Last-Subject-Sequence": String(position),
  "Nats-Expected-Last-Subject-Sequence-Subject": filter
})

/**
 * Publishes writes as one: a plain message, or an atomic batch in one round trip. Rejections carry the server's error
 * code.
 */
export const makePublisher =
  (nats: NatsConnection, requests: Requests["Service"]) =>
  (writes: ReadonlyArray<Write>, onDone: WriteCallback): void => {
    const count = messageCount(writes)
    const batch = count > 1 ? nuid.next() : ""
    let sequence = 0
    for (const { messages, guard } of writes) {
      for (const [n, message] of messages.entries()) {
        const isLast = ++sequence === count
        const headers = encodeHeaders(message, {
          ...(n === 0 && guard && guardHeaders(guard)),
          ...(message.id !== undefined && { "Nats-Msg-Id": message.id }),
          ...(batch && { "Nats-Batch-Id": batch, "Nats-Batch-Sequence": String(sequence) }),
          ...(batch && isLast && { "Nats-Batch-Commit": "1" })
        })
        const { subject, data } = message
        if (isLast) requests.send(subject, data, headers, responseHandler(onDone))
        else if (!tryPublish(nats, message, headers))
          return onDone(Result.fail(new RequestFailed({ subject, reason: "not connected" })))
      }
    }
  }

export const messageCount = (writes: ReadonlyArray<Write>) =>
  writes.reduce((sum, { messages }) => sum + messages.length, 0)

const responseHandler = (onDone: WriteCallback) => ({
  onMessage: (answer: Msg) => {
    onDone(parseAck(answer))
    return true
  },
  onFailure: (error: RequestFailed) => onDone(Result.fail(error))
})

const tryPublish = (nats: NatsConnection, { subject, data }: OutgoingMessage, headers: MsgHdrs): boolean => {
  try {
    nats.publish(subject, data, { headers })
    return true
  } catch {
    return false
  }
}
