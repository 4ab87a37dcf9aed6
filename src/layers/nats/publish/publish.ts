import { type Msg, type MsgHdrs, type NatsConnection, nuid } from "@nats-io/transport-node"
import { Effect, Result } from "effect"
import type { Message } from "#layers/codec/cloudEventCodec.ts"
import { RequestFailed, type Requests } from "#layers/nats/connection/Requests.ts"
import { PublishRejected } from "#layers/nats/messages/apiErrors.ts"
import type { Observations } from "#layers/services/Observer.ts"

/** JetStream's answer to a published message. */
export interface PubAck {
  readonly stream: string
  readonly seq: number
  readonly duplicate?: boolean
}

/**
 * Headers in the encoding of NATS. The client's own headers search all names for each one that is added; values must be
 * free of line breaks, as the codec produces them.
 */
export const encodeHeaders = (message: Pick<Message, "headers">, extra: Readonly<Record<string, string>>): MsgHdrs => {
  let text = `NATS/1.0\r\n${message.headers}`
  for (const name in extra) text += `${name}: ${extra[name]}\r\n`
  return { encode: () => Buffer.from(`${text}\r\n`, "latin1") } as unknown as MsgHdrs
}

interface ApiError {
  readonly code: number
  readonly err_code: number
  readonly description: string
}

/** Parses JetStream's answer to a published message. */
export const parseAck = (answer: Msg): Result.Result<PubAck, PublishRejected> => {
  const ack = answer.json<PubAck & { readonly error?: ApiError }>()
  if (!ack.error) return Result.succeed(ack)
  const { code: status, description, err_code } = ack.error
  return Result.fail(new PublishRejected({ code: err_code, description, status }))
}

/** Publishes one message and waits until it is stored. */
export const publish = (
  requests: Requests["Service"],
  subject: string,
  data: string,
  headers: MsgHdrs
): Effect.Effect<PubAck, PublishRejected | RequestFailed> =>
  Effect.flatMap(requests.one(subject, data, headers), (answer) => Effect.fromResult(parseAck(answer)))

export interface OutgoingMessage extends Message {
  /** Within the stream's duplicate window a message with this id is stored once. */
  readonly id?: string
  readonly subject: string
}

/** Messages that are stored together or not at all. */
export interface Write {
  readonly messages: ReadonlyArray<OutgoingMessage>
  /**
   * At most one for each message. Of two writes with the same guard filter, the second waits for the first. Without a guard,
   * no version is checked.
   */
  readonly guards?: ReadonlyArray<Guard>
}

/** The newest message on subjects that match `filter` must be at this position. */
export interface Guard {
  readonly filter: string
  /** Or a write that is queued before: the position that its last message on `filter` gets. */
  readonly position: number | Write
  /** The index of the write's last message that matches `filter`; undefined if it has none, and only checks the position. */
  readonly lastIndex?: number | undefined
}

export type WriteResult = Result.Result<PubAck, PublishRejected | RequestFailed>
export type WriteCallback = (result: WriteResult) => void

export const guardHeaders = (filter: string, position: number) => ({
  "Nats-Expected-Last-Subject-Sequence": String(position),
  "Nats-Expected-Last-Subject-Sequence-Subject": filter
})

/**
 * Publishes writes as one: a plain message, or an atomic batch in one round trip. Rejections carry the server's error
 * code. `onBatch` gets the number of messages and of writes of each.
 */
export const makePublisher =
  (nats: NatsConnection, requests: Requests["Service"], onBatch: Observations["onBatch"] = () => {}) =>
  (writes: ReadonlyArray<Write>, onDone: WriteCallback): void => {
    const count = messageCount(writes)
    onBatch(count, writes.length)
    const batch = count > 1 ? nuid.next() : ""
    let sequence = 0
    const guarded = new Set<string>()
    for (const { messages, guards = [] } of writes) {
      for (const [n, message] of messages.entries()) {
        const isLast = ++sequence === count
        // The server accepts a filter once in a batch, and compares it with the log as it is before the batch. So the first
        // write's guard holds for the others, which expect the same position or are based on a write before them.
        const guard = guards[n] && !guarded.has(guards[n].filter) ? guards[n] : undefined
        if (guard) guarded.add(guard.filter)
        const headers = encodeHeaders(message, {
          ...(guard && guardHeaders(guard.filter, guard.position as number)),
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
