import type { StreamConfig } from "@nats-io/jetstream"
import { ByteSize, Duration, Option } from "effect"
import { Board, type Retention, type Lane } from "#domain/model/index.ts"
import {
  bucketOf,
  checkpointsBucket,
  parkedBucket,
  statesBucket,
  voidedBucket,
  totalsBucket,
  bucketStream,
  entryPrefix
} from "#layers/buckets/bucketNames.ts"
import { duplicateWindowOf, maxMessageBytesOf } from "#layers/codec/messageLimits.ts"
import * as Subject from "#layers/codec/Subject.ts"

/** The declared configuration of a stream; the server fills in the rest. */
export type StreamSpec = Partial<StreamConfig> & { readonly name: string }

const toNanos = (duration: Duration.Input): number =>
  Number(Option.getOrThrow(Duration.toNanos(Duration.fromInputUnsafe(duration))))

const toBytes = (size: ByteSize.Input): number => ByteSize.toNumberUnsafe(ByteSize.fromInputUnsafe(size))

/**
 * Settings that would lose, change or reject messages if an operator had set them: each field has the server's own
 * default. `undefined` is a field that must not be set.
 */
const unlimited = {
  retention: "limits" as const,
  max_msgs: -1,
  max_consumers: -1,
  max_msgs_per_subject: -1,
  discard_new_per_subject: false,
  no_ack: false,
  consumer_limits: { inactive_threshold: 0, max_ack_pending: 0 },
  subject_transform: undefined,
  mirror: undefined
} as unknown as Partial<StreamConfig>

const retentionConfig = (retention: Retention) => ({
  ...unlimited,
  max_age: retention.maxAge === undefined ? 0 : toNanos(retention.maxAge),
  max_bytes: toBytes(retention.maxBytes),
  max_msg_size: maxMessageBytesOf(retention),
  duplicate_window: toNanos(duplicateWindowOf(retention)),
  compression: retention.compression ?? ("none" as const),
  discard: "new" as const,
  storage: "file" as const,
  allow_direct: true
})

/**
 * Each write is stored before the next one is processed, for copies too: a message that was received and not yet stored
 * when a disk was full or a server killed was missing from a lane for good, since the server continues after it.
 */
const durableConfig = (replicas: number) => ({ num_replicas: replicas, persist_mode: "default" as const })

const logStreamSpec = (board: Board.Any, replicas: number): StreamSpec => ({
  ...retentionConfig(board.log),
  ...durableConfig(replicas),
  name: board.name,
  description: `${board.title}: the log. Its facts are published by lane.`,
  subjects: [Subject.logFilter(board)],
  allow_atomic: true,
  deny_delete: true,
  deny_purge: true
})

/** A lane, for other teams: `booking.1.2022-12-12.1_2022-12-12`, the parts of its key one by one, then the key. */
const laneStreamSpec = (board: Board.Any, lane: Lane.Any, replicas: number): StreamSpec => ({
  ...retentionConfig(lane.retention),
  ...durableConfig(replicas),
  name: lane.name,
  description: `${board.title}: the lane ${lane.title}`,
  sources: [
    {
      name: board.name,
      subject_transforms: [
        { src: Subject.laneFilter(board, lane), dest: `${lane.prefix}.{{split(1,_)}}.{{wildcard(1)}}` }
      ]
    }
  ]
})

/** Commands, voids and dismissals that appended no event. */
const rejectionsStreamSpec = (board: Board.Any, replicas: number): StreamSpec => ({
  ...retentionConfig(board.audit),
  ...durableConfig(replicas),
  name: "audit-refused",
  description: `${board.title}: commands that were refused or had nothing to do, and what was voided or dismissed`,
  subjects: ["audit.refused.>", "audit.unchanged.>", "audit.voided.>", "audit.dismissed.>"],
  allow_atomic: true
})

/** `hotel.>` becomes `audit.accepted.>`, and `hotel.guest.booking.*.*` becomes `audit.accepted.guest.booking.{{…}}.{{…}}`. */
const acceptedSubjects = (board: Board.Any, src: string): string => {
  let wildcards = 0
  const rest = src.slice(board.name.length + 1).split(".")
  return ["audit.accepted", ...rest.map((token) => (token === "*" ? `{{wildcard(${++wildcards})}}` : token))].join(".")
}

/** Filled by the server from other streams: accepted commands come from the log, so that none can be missing. */
export const auditStreamSpec = (board: Board.Any, replicas: number): StreamSpec => ({
  ...retentionConfig(board.audit),
  ...durableConfig(replicas),
  name: "audit",
  description: `${board.title}: who asked for what, and what became of it`,
  sources: [
    {
      name: board.name,
      subject_transforms: Subject.originalFilters(board).map((src) => ({ src, dest: acceptedSubjects(board, src) }))
    },
    { name: "audit-refused" }
  ]
})

/** Buckets beside the read models: dead letters, voided positions, checkpoints of automations, counts of the log, and states. */
const systemBuckets = (board: Board.Any) => [
  parkedBucket,
  voidedBucket,
  checkpointsBucket,
  totalsBucket,
  ...(Board.projections(board).some(({ history }) => history === "snapshots") ? [statesBucket] : [])
]

/**
 * The stream of a bucket. Synced to disk, though read models can be rebuilt: of a row that was replaced, the server may
 * have dropped the old value before the new one is on disk.
 */
export const bucketStreamSpec = (name: string, replicas: number): StreamSpec => ({
  ...unlimited,
  ...durableConfig(replicas),
  allow_atomic: true,
  name: bucketStream(name),
  description: `The bucket ${name}`,
  subjects: [`${entryPrefix(name)}>`],
  max_msgs_per_subject: 1,
  max_age: 0,
  max_bytes: toBytes(name === voidedBucket ? "64 MiB" : "2 GiB"),
  max_msg_size: toBytes("1 MiB"),
  discard: "new",
  storage: "file",
  allow_direct: true,
  allow_rollup_hdrs: true,
  deny_delete: true,
  compression: "none"
})

/** Every stream that a board needs, the log first. `replicas`: 1, or 3 on a cluster. */
export const streamSpecs = (board: Board.Any, replicas: number): ReadonlyArray<StreamSpec> => [
  logStreamSpec(board, replicas),
  ...board.lanes.map((lane) => laneStreamSpec(board, lane, replicas)),
  rejectionsStreamSpec(board, replicas),
  auditStreamSpec(board, replicas),
  ...[...Board.views(board).map(bucketOf), ...systemBuckets(board)].map((name) => bucketStreamSpec(name, replicas))
]
