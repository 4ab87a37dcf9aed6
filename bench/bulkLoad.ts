import type { NatsConnection } from "@nats-io/transport-node"
import { headersOf, type PreparedMessage } from "./preparedMessages.ts"

const groupSize = 1000
const maxPendingGroups = 4

/**
 * Stores many messages in order, fast: without expected sequences or message ids, and with one acknowledgement per thousand,
 * since the server processes the messages of one connection in order. Returns the position of the last one.
 */
export const bulkLoad = async (nats: NatsConnection, messages: Iterable<PreparedMessage>): Promise<number> => {
  const answers: Array<Promise<number>> = []
  let previous: PreparedMessage | undefined
  let inGroup = 0
  let last = 0
  const commit = async ({ subject, data, ...raw }: PreparedMessage) => {
    const answer = await nats.request(subject, data, {
      headers: headersOf({ subject, data, ...raw }),
      timeout: 60_000
    })
    const { seq, error } = answer.json<{ seq: number; error?: { description: string } }>()
    if (error) throw new Error(`${subject}: ${error.description}`)
    return seq
  }
  for (const raw of messages) {
    if (previous) nats.publish(previous.subject, previous.data, { headers: headersOf(previous) })
    previous = raw
    if (++inGroup < groupSize) continue
    answers.push(commit(previous))
    previous = undefined
    inGroup = 0
    if (answers.length >= maxPendingGroups) last = await answers.shift()!
  }
  if (previous) answers.push(commit(previous))
  for (const answer of answers) last = await answer
  return last
}
