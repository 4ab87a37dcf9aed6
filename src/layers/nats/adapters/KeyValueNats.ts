import { jetstreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, Layer, Option, Result, Schedule, Stream } from "effect"
import { bucketStream, entryPrefix } from "#layers/buckets/bucketNames.ts"
import { valueLimit } from "#layers/buckets/valueLimit.ts"
import { Nats } from "#layers/nats/connection/Nats.ts"
import { type RequestFailed, Requests } from "#layers/nats/connection/Requests.ts"
import { ApiErrorCode, isConflict, type PublishRejected } from "#layers/nats/messages/apiErrors.ts"
import { keyOperationHeader, writerHeader } from "#layers/nats/messages/messageHeaders.ts"
import { isMissing } from "#layers/nats/provision/provision.ts"
import { bucketStreamSpec, type StreamSpec } from "#layers/nats/provision/streamSpecs.ts"
import { makeGroupCommitter } from "#layers/nats/publish/groupCommitter.ts"
import { type Write, encodeHeaders, publish } from "#layers/nats/publish/publish.ts"
import { makeBucketMonitor } from "#layers/nats/read/bucketMonitor.ts"
import { directEntryReader, leaderEntryReader } from "#layers/nats/read/entryReads.ts"
import { makeKeyScan } from "#layers/nats/read/keyScan.ts"
import { makeLeaderReads } from "#layers/nats/read/leaderReads.ts"
import { errorMessage } from "#layers/services/errorMessage.ts"
import { type Bucket, type KeyedEntry, KeyValue, RevisionChanged, StoreUnavailable } from "#layers/services/KeyValue.ts"
import { watchBucket } from "./bucketWatch.ts"
import { BulkReads } from "./BulkReads.ts"

const tombstoneHeaders = encodeHeaders({ headers: "" }, { [keyOperationHeader]: "PURGE", "Nats-Rollup": "sub" })
const describeRejection = ({ code: number, description }: PublishRejected, bucket: string) =>
  number === ApiErrorCode.streamFull
    ? `it is full (${description}); raise its limit: nats stream edit ${bucketStream(bucket)} --max-bytes <bytes, such as 4GiB>`
    : `${description} (${number})`

/** Maximum bytes of a message beside its value: its subject, and headers for guard, writer and batch. */
const reservedBytes = 4_096

/**
 * Maximum rows per batch. Where the server syncs each write, it stores twice as many rows per second in batches of 500
 * as of 128.
 */
const maxBatchSize = 512

type Unavailable = (reason: string) => StoreUnavailable

/** Writes of a bucket, which share atomic batches. */
const makeBucketWrites = (
  nats: NatsConnection,
  requests: Requests["Service"],
  name: string,
  readEntry: ReturnType<typeof directEntryReader>,
  unavailable: Unavailable
): Pick<Bucket, "put" | "putAll" | "checkSize" | "remove"> => {
  const subject = (key: string) => `${entryPrefix(name)}${key}`

  /** Checked before anything is sent: the client throws a plain Error for a message over `max_payload`. */
  const { writeIfFits, checkSize } = valueLimit(name, () => (nats.info?.max_payload ?? Infinity) - reservedBytes)

  const groupCommitter = makeGroupCommitter(nats, requests, { maxBatchSize })
  const writeOf = ({ key, value, revision, writer }: KeyedEntry): Write => ({
    messages: [{ subject: subject(key), data: value, headers: writer ? `${writerHeader}: ${writer}\r\n` : "" }],
    guards: [{ filter: subject(key), position: revision, lastIndex: 0 }]
  })
  const toPutError = (key: string, error: PublishRejected | RequestFailed) => {
    if (error._tag === "RequestFailed") return unavailable(error.reason)
    return isConflict(error) ? new RevisionChanged({ key }) : unavailable(describeRejection(error, name))
  }
  const write = (row: KeyedEntry) =>
    groupCommitter.commit(writeOf(row)).pipe(
      Effect.map(({ seq }) => seq),
      Effect.mapError((error) => toPutError(row.key, error))
    )
  /** A removed key still has a revision, that of its tombstone. */
  const overwriteTombstone = (row: KeyedEntry, changed: RevisionChanged) =>
    row.revision > 0
      ? Effect.fail(changed)
      : Effect.flatMap(readEntry(row.key), ({ entry, revision }) => {
          if (Option.isSome(entry)) return Effect.fail(changed)
          if (!row.isNew || revision === 0) return write({ ...row, revision })
          return Effect.fail(new RevisionChanged({ key: row.key, removalRevision: revision }))
        })

  return {
    put: (key, value, revision, writer) => {
      const row = { key, value, revision, ...(writer !== undefined && { writer }) }
      const putRow = Effect.catchTag(write(row), "RevisionChanged", (changed) => overwriteTombstone(row, changed))
      return writeIfFits([row], putRow)
    },
    // Only the rows that were rejected are read, to see whether the key holds a tombstone.
    putAll: (rows) =>
      writeIfFits(
        rows,
        Effect.suspend(() =>
          Effect.flatMap(groupCommitter.commitAll(rows.map(writeOf)), (answers) =>
            Effect.forEach(answers, (answer, n) => {
              if (Result.isSuccess(answer)) return Effect.succeed(answer.success.seq)
              const error = toPutError(rows[n]!.key, answer.failure)
              return error._tag === "RevisionChanged" ? overwriteTombstone(rows[n]!, error) : Effect.fail(error)
            })
          )
        )
      ),
    checkSize,
    remove: (key) =>
      publish(requests, subject(key), "", tombstoneHeaders).pipe(
        Effect.mapError((error) =>
          unavailable(error._tag === "RequestFailed" ? error.reason : describeRejection(error, name))
        ),
        Effect.map(({ seq }) => seq)
      )
  }
}

/** Key-value buckets in JetStream (ADR-8). With several replicas, reads of rows are linearizable. `complete` adds to the stream of a bucket that is created what it also declares. */
export const layer = (replicas: number, complete: (spec: StreamSpec) => StreamSpec = (spec) => spec) =>
  Layer.effect(
    KeyValue,
    Effect.gen(function* () {
      const nats = yield* Nats
      const requests = yield* Requests
      const manager = yield* Effect.promise(() => jetstreamManager(nats, { checkAPI: false }))
      const bulk = yield* BulkReads
      const bulkManager = yield* Effect.promise(() => jetstreamManager(bulk.nats, { checkAPI: false }))

      const bucket = (name: string): Bucket => {
        const unavailable = (reason: string) => new StoreUnavailable({ bucket: name, reason })
        const stream = bucketStream(name)
        const leader = makeLeaderReads(requests, stream)
        const readEntry = directEntryReader(requests, name, unavailable)
        const isReplicated = replicas > 1

        const createIfMissing = async () => {
          try {
            await manager.streams.info(stream)
            return false
          } catch (error) {
            if (!isMissing(error)) throw error
            await manager.streams.add(complete(bucketStreamSpec(name, replicas)))
            return true
          }
        }

        return {
          ...makeKeyScan({
            nats: bulk.nats,
            manager: bulkManager,
            requests: bulk.requests,
            name,
            unavailable,
            newestOf: isReplicated ? makeLeaderReads(bulk.requests, stream).last : undefined
          }),
          ...makeBucketMonitor(nats, manager, name, unavailable),
          ...makeBucketWrites(nats, requests, name, readEntry, unavailable),
          ensure: Effect.tryPromise({ try: createIfMissing, catch: errorMessage }).pipe(Effect.mapError(unavailable)),
          // The nearest of several replicas may lack a recent write.
          get: isReplicated
            ? leaderEntryReader(leader, name, unavailable)
            : (key) => Effect.map(readEntry(key), ({ entry }) => entry),
          lastRevision: leader.last(`${entryPrefix(name)}>`).pipe(
            Effect.mapError(({ reason }) => unavailable(reason)),
            Effect.map((message) => message?.seq ?? 0)
          ),
          clear: Effect.tryPromise({ try: () => manager.streams.purge(stream), catch: errorMessage }).pipe(
            Effect.mapError(unavailable),
            Effect.asVoid
          ),
          watch: (keys) => watchBucket(nats, manager, name, keys).pipe(Stream.retry(Schedule.spaced("500 millis")))
        }
      }
      return { bucket }
    })
  )
