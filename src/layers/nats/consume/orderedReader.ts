import type { JetStreamManager } from "@nats-io/jetstream"
import { type NatsConnection, nuid } from "@nats-io/transport-node"
import { Effect } from "effect"
import type { Delivery } from "#layers/nats/messages/Delivery.ts"
import { makePullConsumer, toLogUnavailable } from "./pullConsumer.ts"

/** Nanoseconds after which the server drops a consumer for which nobody asks. */
const inactiveThresholdNanos = 60e9

/** Milliseconds between two signs of life, and for which a request stays open. */
const idleHeartbeatMillis = 1_000
const expiresMillis = 5_000

export interface OrderedReaderOptions {
  readonly stream: string
  /** One filter: with several the server searches subject by subject. */
  readonly filter: string
  /** From behind a position on; without one, the newest of each subject, and then what comes. */
  readonly after?: number
  /** The most messages that are on their way or wait here. */
  readonly maxMessages: number
  /** Milliseconds without a sign of life after which it is given up. */
  readonly idleTimeoutMillis: number
  /** Leave the bodies out. */
  readonly headersOnly?: boolean
}

/**
 * Reads a stream in its order, through a consumer of its own and without acknowledgements. Fails when a message is
 * missing and when the consumer is gone, as after a reconnect: whoever reads begins anew behind what they have.
 * `pending` is how many there were when it began.
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
    // Who ends does not wait for a server that is silent: it drops by itself what it may have made.
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
    /** At least one, and what came with it: so many at the most. */
    takeBatch: (maxBatchSize: number) =>
      Effect.filterOrFail(
        takeBatch(maxBatchSize),
        (batch) => batch.every(isNext),
        () => toLogUnavailable("something was lost on the way")
      )
  }
})
