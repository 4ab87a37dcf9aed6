import type { JetStreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, Result } from "effect"
import type { Requests } from "#layers/nats/connection/Requests.ts"
import { readOutgoing } from "#layers/nats/integrity/copies/republished.ts"
import { attempt, type Inventory } from "#layers/nats/integrity/inventory.ts"
import { type OutgoingMessage, makePublisher } from "#layers/nats/publish/publish.ts"
import { LogUnavailable } from "#layers/services/EventLog.ts"

/** Reads a missing message of the log from its copy, as it was in the log; what has no copy is derived. */
export const readMissing = (manager: JetStreamManager, { copies, derived }: Inventory, position: number) =>
  attempt(async () => {
    const message = derived.get(position)
    if (message) return message
    const { sequence, stream } = copies.get(position)!
    const copy = await readOutgoing(manager, stream, sequence)
    if (!copy) throw new Error(`${stream} does not have its message ${sequence} any more`)
    return copy
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
