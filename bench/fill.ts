import type { NatsConnection } from "@nats-io/transport-node"
import { headersOf, type Raw } from "./raw.ts"

const group = 1000
const groupsAtOnce = 4

/**
 * Stores many messages in order, fast: without guards or message ids, and with one answer for each thousand, since the
 * server takes what one connection sends in order. Answers with the position of the last one.
 */
export const fill = async (nats: NatsConnection, messages: Iterable<Raw>): Promise<number> => {
  const answers: Array<Promise<number>> = []
  let waiting: Raw | undefined
  let inGroup = 0
  let last = 0
  const commit = async ({ subject, data, ...raw }: Raw) => {
    const answer = await nats.request(subject, data, {
      headers: headersOf({ subject, data, ...raw }),
      timeout: 60_000
    })
    const { seq, error } = answer.json<{ seq: number; error?: { description: string } }>()
    if (error) throw new Error(`${subject}: ${error.description}`)
    return seq
  }
  for (const raw of messages) {
    if (waiting) nats.publish(waiting.subject, waiting.data, { headers: headersOf(waiting) })
    waiting = raw
    if (++inGroup < group) continue
    answers.push(commit(waiting))
    waiting = undefined
    inGroup = 0
    if (answers.length >= groupsAtOnce) last = await answers.shift()!
  }
  if (waiting) answers.push(commit(waiting))
  for (const answer of answers) last = await answer
  return last
}
