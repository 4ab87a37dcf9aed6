import { createHash } from "node:crypto"
import { setTimeout } from "node:timers/promises"
import { jetstreamManager, type StoredMsg } from "@nats-io/jetstream"
import { connect } from "@nats-io/transport-node"
import { isMissing } from "#layers/nats/provision/provision.ts"
import type { Replica } from "../checker/Evidence.ts"
import type { Node } from "../servers.ts"

const batchSize = 1000
const maxAttempts = 40

/** A node's own copy of a stream: a client's direct gets are answered by the node it is connected to. */
export const readReplica = async (
  node: Node,
  stream: string,
  onMessage: (message: StoredMsg) => void
): Promise<Replica> => {
  const connection = await connect({ servers: `127.0.0.1:${node.port}`, timeout: 10_000 })
  try {
    const manager = await jetstreamManager(connection, { checkAPI: false, timeout: 10_000 })
    const state = await withRetries(async () => (await manager.streams.info(stream)).state).catch((error: unknown) => {
      // A deleted bucket that was not created again counts as empty: the checker reports it.
      if (isMissing(error)) return { messages: 0, last_seq: 0 }
      throw error
    })
    const digest = createHash("sha256")
    let messages = 0
    let last = 0
    // A message that a node cannot return counts as missing there.
    let failures = 0
    while (last < state.last_seq && state.messages > 0) {
      const before = last
      try {
        for await (const message of await manager.direct.getBatch(stream, { seq: last + 1, batch: batchSize })) {
          if (message.seq <= last) continue
          last = message.seq
          messages++
          digest.update(`${message.seq} ${message.subject} ${message.header?.toString() ?? ""}\n`).update(message.data)
          onMessage(message)
        }
      } catch {
        // Detected by the read before.
      }
      if (last === before) {
        if (++failures > maxAttempts) break
        await setTimeout(250)
      }
    }
    return { stream, node: node.name, messages, last, digest: digest.digest("hex").slice(0, 16) }
  } finally {
    await connection.close()
  }
}

const withRetries = async <A>(attempt: () => Promise<A>): Promise<A> => {
  for (let attemptsLeft = maxAttempts; ; attemptsLeft--) {
    try {
      return await attempt()
    } catch (error) {
      if (attemptsLeft === 0) throw error
      await setTimeout(500)
    }
  }
}
