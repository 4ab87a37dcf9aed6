import { type NatsConnection, nuid } from "@nats-io/transport-node"
import { headersOf, type PreparedMessage } from "./preparedMessages.ts"

/** A message of a batch; with a position, its event stream must be there. */
export interface BatchMessage {
  readonly message: PreparedMessage
  readonly position?: number
}

/** An atomic batch in one round trip; the client's own `startBatch` needs two round trips. */
export const publishBatch = async (nats: NatsConnection, batch: ReadonlyArray<BatchMessage>): Promise<void> => {
  const id = nuid.next()
  const encoded = batch.map(({ message, position }, n) => {
    const headers = headersOf(message)
    headers.append("Nats-Msg-Id", message.id)
    headers.append("Nats-Batch-Id", id)
    headers.append("Nats-Batch-Sequence", String(n + 1))
    if (position !== undefined) {
      headers.append("Nats-Expected-Last-Subject-Sequence", String(position))
      headers.append("Nats-Expected-Last-Subject-Sequence-Subject", message.filter)
    }
    return { headers, message }
  })
  const last = encoded.pop()!
  last.headers.append("Nats-Batch-Commit", "1")
  for (const { headers, message } of encoded) nats.publish(message.subject, message.data, { headers })
  const answer = await nats.request(last.message.subject, last.message.data, { headers: last.headers, timeout: 10_000 })
  const { error, count } = answer.json<{ error?: { description: string }; count?: number }>()
  if (error || count !== batch.length)
    throw new Error(`${last.message.subject}: ${error?.description ?? `a batch of ${count}`}`)
}
