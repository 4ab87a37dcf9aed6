import { type Msg, type MsgHdrs, type NatsConnection, nuid } from "@nats-io/transport-node"
import { Result } from "effect"
import type { Message } from "#layers/codec/boardCodec.ts"
import { NoAnswer, type Requests } from "#layers/nats/connection/Requests.ts"
import { type Ack, acknowledged, headersOf, type Rejected } from "./publish.ts"

export interface Outgoing extends Message {
  /** Within the stream's duplicate window a message of this id is taken once. */
  readonly id?: string
  readonly subject: string
}

/** Messages that are stored together or not at all. */
export interface Write {
  readonly messages: ReadonlyArray<Outgoing>
  /** Of two writes with the same guard the second waits for the first. Without one, nothing is expected. */
  readonly guard?: Guard
}

/** The newest message on subjects that match `filter` must be at this position. */
export interface Guard {
  readonly filter: string
  readonly position: number
}

export type Done = (result: Result.Result<Ack, Rejected | NoAnswer>) => void

export const guardHeaders = ({ filter, position }: Guard) => ({
  "Nats-Expected-Last-Subject-Sequence": String(position),
  "Nats-Expected-Last-Subject-Sequence-Subject": filter
})

/** Publishes messages as one: a plain message, or an atomic batch in one round trip, with the server's error code. */
export const publisher =
  (nats: NatsConnection, requests: Requests["Service"]) =>
  (writes: ReadonlyArray<Write>, done: Done): void => {
    const count = sizeOf(writes)
    const batch = count > 1 ? nuid.next() : ""
    let nth = 0
    for (const { messages, guard } of writes) {
      for (const [n, message] of messages.entries()) {
        const isLast = ++nth === count
        const headers = headersOf(message, {
          ...(n === 0 && guard && guardHeaders(guard)),
          ...(message.id !== undefined && { "Nats-Msg-Id": message.id }),
          ...(batch && { "Nats-Batch-Id": batch, "Nats-Batch-Sequence": String(nth) }),
          ...(batch && isLast && { "Nats-Batch-Commit": "1" })
        })
        const { subject, data } = message
        if (isLast) requests.send(subject, data, headers, answeredBy(done))
        else if (!sent(nats, message, headers))
          return done(Result.fail(new NoAnswer({ subject, reason: "not connected" })))
      }
    }
  }

export const sizeOf = (writes: ReadonlyArray<Write>) => writes.reduce((sum, { messages }) => sum + messages.length, 0)

const answeredBy = (done: Done) => ({
  take: (answer: Msg) => {
    done(acknowledged(answer))
    return true
  },
  fail: (error: NoAnswer) => done(Result.fail(error))
})

const sent = (nats: NatsConnection, { subject, data }: Outgoing, headers: MsgHdrs): boolean => {
  try {
    nats.publish(subject, data, { headers })
    return true
  } catch {
    return false
  }
}
