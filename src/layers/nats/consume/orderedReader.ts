import type { JetStreamManager } from "@nats-io/jetstream"
import { type NatsConnection, nuid } from "@nats-io/transport-node"
import { Effect } from "effect"
import type { Delivery } from "#layers/nats/messages/Delivery.ts"
import { toLogUnavailable } from "./consumeErrors.ts"
import { makePullConsumer } from "./pullConsumer.ts"

/** Nanoseconds after which the server removes a consumer without pull requests. */
const inactiveThresholdNanos = 60e9

/** Milliseconds between two heartbeats, and until a pull request expires. */
const idleHeartbeatMillis = 1_000
const expiresMillis = 5_000

export interface OrderedReaderOptions {
  readonly stream: string
  /** One filter: with several the server searches subject by subject. */
  readonly filter: string
  /** Starts after this position; without one, with the newest message of each subject. */
  readonly after?: number
  /** Maximum messages in flight or buffered here. */
  readonly maxMessages: number
  /** Milliseconds without a message or heartbeat after which reading fails. */
  readonly idleTimeoutMillis: number
  /** Leaves out the bodies. */
  readonly headersOnly?: boolean
}

/**
 * Reads a stream in order, through a consumer of its own and without acknowledgements. Fails when a message is missing
 * and when the consumer is gone, as after a reconnect: the caller then starts again after its last position. `pending`
 * is the number of messages at the start.
 */
export const makeOrderedReader = Effect.fnUntraced(function* (
  nats: NatsConnection,
  manager: JetStreamManager,
  { stream, filter, after, maxMessages, idleTimeoutMillis, headersOnly }: OrderedReaderOptions
) {
  const { name, num_pending } = yield* Effect.acquireRelease(
    Effect.tryPromise({
      try: () =>
        manager.consumers.add(stream, {
          name: nuid.next(),
          filter_subjects: [filter],
          ack_policy: "none",
          ...(after === undefined
            ? { deliver_policy: "last_per_subject" }
            : { deliver_policy: "by_start_sequence", opt_start_seq: after + 1 }),
          ...(headersOnly && { headers_only: true }),
          inactive_threshold: inactiveThresholdNanos,
          mem_storage: true,
          num_replicas: 1
        }),
      catch: toLogUnavailable
    }),
    ({ name }) => Effect.forkDetach(Effect.ignore(Effect.tryPromise(() => manager.consumers.delete(stream, name)))),
    // Interruption does not wait for a silent server, which removes the consumer by itself if it was created.
    { interruptible: true }
  )
  const takeBatch = yield* makePullConsumer(
    nats,
    manager,
    { stream, consumer: name, maxMessages, expiresMillis, idleHeartbeatMillis, idleTimeoutMillis },
    { onReconnect: "give up", onClose: () => Effect.void }
  )
  let lastSequence = 0
  const isNext = ({ deliverySequence }: Delivery) => deliverySequence === ++lastSequence
  return {
    pending: num_pending,
    /** Waits for at least one delivery, and returns at most `maxBatchSize`. */
    takeBatch: (maxBatchSize: number) =>
      Effect.filterOrFail(
        takeBatch(maxBatchSize),
        (batch) => batch.every(isNext),
        () => toLogUnavailable("a message was lost on the way")
      )
  }
})
