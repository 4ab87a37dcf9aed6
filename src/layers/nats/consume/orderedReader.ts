import type { JetStreamManager } from "@nats-io/jetstream"
import { type NatsConnection, nuid } from "@nats-io/transport-node"
import { Effect } from "effect"
import type { Delivery } from "#layers/nats/messages/Delivery.ts"
import { deliveries, unavailable } from "./pullConsumer.ts"

/** Nanoseconds after which the server drops a consumer for which nobody asks. */
const forgotten = 60e9

/** Milliseconds between two signs of life, and for which a request stays open. */
const life = 1_000
const open = 5_000

export interface Reading {
  readonly stream: string
  /** One filter: with several the server searches subject by subject. */
  readonly filter: string
  /** From behind a position on; without one, the newest of each subject, and then what comes. */
  readonly after?: number
  /** The most messages that are on their way or wait here. */
  readonly ahead: number
  /** Milliseconds without a sign of life after which it is given up. */
  readonly silence: number
  /** Leave the bodies out. */
  readonly headersOnly?: boolean
}

/**
 * Reads a stream in its order, through a consumer of its own and without acknowledgements. Fails when a message is
 * missing and when the consumer is gone, as after a reconnect: whoever reads begins anew behind what they have.
 * `pending` is how many there were when it began.
 */
export const reading = Effect.fnUntraced(function* (
  nats: NatsConnection,
  manager: JetStreamManager,
  { stream, filter, after, ahead, silence, headersOnly }: Reading
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
          inactive_threshold: forgotten,
          mem_storage: true,
          num_replicas: 1
        }),
      catch: unavailable
    }),
    ({ name }) => Effect.forkDetach(Effect.ignore(Effect.tryPromise(() => manager.consumers.delete(stream, name)))),
    // Who ends does not wait for a server that is silent: it drops by itself what it may have made.
    { interruptible: true }
  )
  const take = yield* deliveries(
    nats,
    manager,
    { stream, consumer: name, ahead, open, life, silence },
    { onReconnect: "give up", leave: () => Effect.void }
  )
  let last = 0
  const isNext = ({ nth }: Delivery) => nth === ++last
  return {
    pending: num_pending,
    /** At least one, and what came with it: so many at the most. */
    take: (most: number) =>
      Effect.filterOrFail(
        take(most),
        (taken) => taken.every(isNext),
        () => unavailable("something was lost on the way")
      )
  }
})
