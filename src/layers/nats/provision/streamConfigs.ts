import type { StreamConfig } from "@nats-io/jetstream"
import { ByteSize, Duration, Option } from "effect"
import { Board, type Keeping, type Lane } from "#domain/model/index.ts"
import { duplicateWindowOf, maxMessageSize } from "#layers/codec/messageLimits.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { bucketOf, checkpointsBucket, parkedBucket, voidedBucket, totalsBucket } from "#layers/services/buckets.ts"

/** What a stream shall be; the server fills in the rest. */
export type Wanted = Partial<StreamConfig> & { readonly name: string }

const nanos = (duration: Duration.Input): number =>
  Number(Option.getOrThrow(Duration.toNanos(Duration.fromInputUnsafe(duration))))

const bytes = (size: ByteSize.Input): number => ByteSize.toNumberUnsafe(ByteSize.fromInputUnsafe(size))

/**
 * What would lose messages, change them or keep them out, had somebody set it: each field has the server's own default.
 * `undefined` is a field that must not be set.
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

const keeping = (keeps: Keeping) => ({
  ...unlimited,
  max_age: keeps.maxAge === undefined ? 0 : nanos(keeps.maxAge),
  max_bytes: bytes(keeps.maxBytes),
  max_msg_size: maxMessageSize(keeps),
  duplicate_window: nanos(duplicateWindowOf(keeps)),
  compression: keeps.compression ?? ("none" as const),
  discard: "new" as const,
  storage: "file" as const,
  allow_direct: true
})

/**
 * Each write is stored before the next is thought of, of copies too: what was taken in and not yet stored when a disk was
 * full or a server killed was left out of a lane for good, since the server goes on behind it.
 */
const stored = (replicas: number) => ({ num_replicas: replicas, persist_mode: "default" as const })

const logOf = (board: Board.Any, replicas: number): Wanted => ({
  ...keeping(board.log),
  ...stored(replicas),
  name: board.name,
  description: `${board.title}: the log. Its facts are published by lane.`,
  subjects: [Subject.ofLog(board)],
  allow_atomic: true,
  deny_delete: true,
  deny_purge: true
})

/** A lane as other teams see it: `booking.1.2022-12-12.1_2022-12-12`, the words of its key one by one, then the key. */
const laneOf = (board: Board.Any, lane: Lane.Any, replicas: number): Wanted => ({
  ...keeping(lane.keeps),
  ...stored(replicas),
  name: lane.name,
  description: `${board.title}: the lane ${lane.title}`,
  sources: [
    {
      name: board.name,
      subject_transforms: [{ src: Subject.ofLane(board, lane), dest: `${lane.prefix}.{{split(1,_)}}.{{wildcard(1)}}` }]
    }
  ]
})

/** What left no fact behind. */
const refusedOf = (board: Board.Any, replicas: number): Wanted => ({
  ...keeping(board.audit),
  ...stored(replicas),
  name: "audit-refused",
  description: `${board.title}: commands that were refused or had nothing to do, and what was voided or dismissed`,
  subjects: ["audit.refused.>", "audit.unchanged.>", "audit.voided.>", "audit.dismissed.>"],
  allow_atomic: true
})

/** All of it comes from elsewhere, server-side: accepted commands from the log, so that none can be missing. */
const auditOf = (board: Board.Any, replicas: number): Wanted => ({
  ...keeping(board.audit),
  ...stored(replicas),
  name: "audit",
  description: `${board.title}: who asked for what, and what became of it`,
  sources: [
    { name: board.name, subject_transforms: [{ src: Subject.ofLog(board), dest: "audit.accepted.>" }] },
    { name: "audit-refused" }
  ]
})

/** Buckets beside the read models: dead letters, voided positions, how far automations have come, how the log stood. */
const others = [parkedBucket, voidedBucket, checkpointsBucket, totalsBucket]

/**
 * The stream of a bucket. Synced, though read models can be derived again: of a row that was replaced the server may have
 * forgotten the old value before the new one is on the disk.
 */
export const bucketStream = (name: string, replicas: number): Wanted => ({
  ...unlimited,
  ...stored(replicas),
  allow_atomic: true,
  name: `KV_${name}`,
  description: `The bucket ${name}`,
  subjects: [`$KV.${name}.>`],
  max_msgs_per_subject: 1,
  max_age: 0,
  max_bytes: bytes(name === voidedBucket ? "64 MiB" : "2 GiB"),
  max_msg_size: bytes("1 MiB"),
  discard: "new",
  storage: "file",
  allow_direct: true,
  allow_rollup_hdrs: true,
  deny_delete: true,
  compression: "none"
})

/** Every stream a board needs, the log first. `replicas`: 1, or 3 on a cluster. */
export const streamsOf = (board: Board.Any, replicas: number): ReadonlyArray<Wanted> => [
  logOf(board, replicas),
  ...board.lanes.map((lane) => laneOf(board, lane, replicas)),
  refusedOf(board, replicas),
  auditOf(board, replicas),
  ...[...Board.views(board).map(bucketOf), ...others].map((name) => bucketStream(name, replicas))
]
