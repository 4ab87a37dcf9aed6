import type { ConsumerConfig } from "@nats-io/jetstream"
import type { Board } from "#domain/model/index.ts"
import * as Subject from "#layers/codec/Subject.ts"
import type { Subscription } from "#layers/services/Subscriptions.ts"

/** One client of a group is pinned at a time. */
export const priorityGroup = "active"

/** Fields that an operator may have set and that would withhold messages, or parts of them, from pull requests. */
const unsetFields = {
  deliver_subject: undefined,
  deliver_group: undefined,
  flow_control: undefined,
  idle_heartbeat: undefined,
  opt_start_seq: undefined,
  opt_start_time: undefined,
  pause_until: undefined,
  headers_only: undefined,
  rate_limit_bps: undefined,
  backoff: undefined,
  max_batch: undefined,
  max_expires: undefined,
  max_bytes: undefined,
  inactive_threshold: undefined,
  mem_storage: undefined
} as unknown as Partial<ConsumerConfig>

/**
 * A durable pull consumer. It is transport, and determines which process is active; the subscription's position is its
 * checkpoint, so nothing is acknowledged. Another process becomes active `priority_timeout` after the active one fell
 * silent.
 */
export const consumerConfigOf = (
  board: Board.Any,
  { name, types }: Subscription,
  replicas: number
): Partial<ConsumerConfig> & { readonly durable_name: string } => ({
  ...unsetFields,
  durable_name: name,
  filter_subjects: [Subject.commonFilter(board, types)],
  ack_policy: "none",
  ack_wait: 30_000_000_000,
  max_deliver: -1,
  max_waiting: 512,
  replay_policy: "instant",
  num_replicas: replicas,
  priority_policy: "pinned_client",
  priority_groups: [priorityGroup],
  priority_timeout: 3_000_000_000
})
