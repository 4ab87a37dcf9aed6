import type { Board } from "#domain/grammar/index.ts"
import type { ConsumerConfig } from "@nats-io/jetstream"
import type { Subscription } from "../Consumers.ts"
import * as Subject from "../wire/Subject.ts"

/** One client of a group is pinned at a time. */
export const group = "active"

/**
 * A durable pull consumer. One process is active at a time, and another takes over `priority_timeout` after it fell
 * silent; an acknowledgement covers all before it, since batches are taken in order.
 */
export const consumerOf = (
  board: Board.Any,
  { name, types }: Subscription,
  replicas: number
): Partial<ConsumerConfig> => ({
  durable_name: name,
  filter_subjects: [Subject.ofTypes(board, types)],
  deliver_policy: "all",
  ack_policy: "all",
  ack_wait: 5_000_000_000,
  max_deliver: -1,
  max_ack_pending: 20_000,
  num_replicas: replicas,
  priority_policy: "pinned_client",
  priority_groups: [group],
  priority_timeout: 3_000_000_000
})
