import type { JetStreamManager } from "@nats-io/jetstream"
import { Clock, Data, Effect, Predicate, Schedule, Stream } from "effect"
import { Board } from "#domain/model/index.ts"
import { bucketOf } from "#layers/buckets/bucketNames.ts"
import { isMissing } from "#layers/nats/provision/provisionErrors.ts"
import { bucketStreamSpec, streamSpecs } from "#layers/nats/provision/streamSpecs.ts"
import { errorMessage } from "#layers/services/errorMessage.ts"
import { SnapshotFailed } from "./backupErrors.ts"
import * as Container from "./backupFile.ts"
import {
  type ConsumerSnapshot,
  sortDerivedFirst,
  connectManager,
  type ReportProgress,
  type Section
} from "./section.ts"
import { type StreamDescription, takeSnapshot } from "./streamSnapshot.ts"

/** Whether a snapshot ends within a command's events: its last message belongs to a batch and does not commit it. */
const endsInsideBatch = async (manager: JetStreamManager, { config, state }: StreamDescription) => {
  if (!config.allow_atomic || state.last_seq === 0) return false
  const last = await manager.streams.getMessage(config.name, { seq: state.last_seq })
  return Boolean(last?.header.get("Nats-Batch-Id")) && !last?.header.get("Nats-Batch-Commit")
}

/** The acknowledged position of each durable consumer of a stream; undefined if there is no such stream. */
const consumerSnapshots = async (
  manager: JetStreamManager,
  name: string
): Promise<ReadonlyArray<ConsumerSnapshot> | undefined> => {
  try {
    const consumers = await Array.fromAsync(manager.consumers.list(name))
    const durable = consumers.filter(({ config }) => config.durable_name)
    return durable.map(({ ack_floor, config }) => ({ config, acknowledged: ack_floor.stream_seq }))
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** The snapshot is inconsistent because of concurrent writes; another attempt may succeed. */
class SnapshotUnstable extends Data.TaggedError("SnapshotUnstable")<{ readonly reason: string }> {}

const endsInsideBatchReason = "others never stopped writing, and each snapshot ended within the events of a command"

/**
 * A bucket keeps the newest value of a key. When a value is replaced while the server reads its files, the snapshot may
 * contain neither the old value nor the new one, which is after its end.
 */
const modifiedReason = "others never stopped writing to it"

const retrySchedule = (times: number) => Schedule.spaced("20 millis").pipe(Schedule.upTo({ times }))

/** Retries for derived streams, which may change all the time, and for the others, which have pauses. */
const maxDerivedSnapshotRetries = 3
const maxSnapshotRetries = 100

/**
 * Writes all streams and buckets of a board into one file, with the positions of their consumers. The board may be
 * running meanwhile. The file is consistent: no row, lane or consumer is ahead of the log, and no command is in it in
 * part. A stream that an earlier version of the app did not have is left out. Returns the streams of views whose rows
 * never stopped changing: they are not in the file, and are rebuilt from the log.
 */
export const backup = Effect.fnUntraced(function* (board: Board.Any, file: string, report: ReportProgress) {
  const { nats, manager, version } = yield* connectManager
  const attempt = <A>(stream: string, work: () => Promise<A>) =>
    Effect.tryPromise({ try: work, catch: (error) => new SnapshotFailed({ stream, reason: errorMessage(error) }) })

  // First of all: what a consumer has acknowledged by now is in every stream that is backed up later.
  const consumersByStream = new Map<string, ReadonlyArray<ConsumerSnapshot>>()
  for (const { name } of streamSpecs(board, 1)) {
    const consumers = yield* attempt(name, () => consumerSnapshots(manager, name))
    if (consumers) consumersByStream.set(name, consumers)
    else if (name === board.name) {
      const reason = "stream not found on this server. Name the right server or folder by NATS_URL or DATA_DIR"
      return yield* new SnapshotFailed({ stream: name, reason })
    } else yield* Effect.logWarning(`There is no stream ${name}: an earlier version had none. It is not in the backup`)
  }
  const streams = sortDerivedFirst(
    board,
    streamSpecs(board, 1).filter(({ name }) => consumersByStream.has(name))
  )

  const time = new Date(yield* Clock.currentTimeMillis).toISOString()
  const writer = yield* Container.create(file, { board: board.name, time, server: version })
  const derived = new Set(Board.views(board).map((view) => bucketStreamSpec(bucketOf(view), 1).name))
  const writeStream = Effect.fnUntraced(function* (name: string) {
    const { bytes, config, state } = yield* takeSnapshot(nats, name)
    if (yield* attempt(name, () => endsInsideBatch(manager, { config, state })))
      return yield* new SnapshotUnstable({ reason: endsInsideBatchReason })
    const section: Section = { config, state, consumers: consumersByStream.get(name)! }
    yield* writer.line({ stream: name, ...section })
    let sizeBytes = 0
    yield* Stream.runForEach(bytes, (data) => {
      sizeBytes += data.length
      return Effect.andThen(writer.data(data), report({ stream: name, messages: state.messages, bytes: sizeBytes }))
    })
    const after = yield* attempt(name, () => manager.streams.info(name))
    const moved = config.max_msgs_per_subject > 0 && after.state.last_seq > state.last_seq
    yield* writer.line({ end: name, bytes: sizeBytes, ...(moved && { moved }) })
    if (moved) return yield* new SnapshotUnstable({ reason: modifiedReason })
  }, Effect.scoped)
  const skipped: Array<string> = []
  for (const { name } of streams) {
    const isDerived = derived.has(name)
    yield* writeStream(name).pipe(
      Effect.retry({
        schedule: retrySchedule(isDerived ? maxDerivedSnapshotRetries : maxSnapshotRetries),
        while: Predicate.isTagged("SnapshotUnstable")
      }),
      Effect.catchTag("SnapshotUnstable", ({ reason }) =>
        isDerived
          ? Effect.sync(() => void skipped.push(name))
          : Effect.fail(new SnapshotFailed({ stream: name, reason }))
      )
    )
  }
  yield* writer.finish
  return skipped
}, Effect.scoped)
