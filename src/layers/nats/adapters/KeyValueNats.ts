import { jetstreamManager } from "@nats-io/jetstream"
import type { Msg } from "@nats-io/transport-node"
import { Effect, Layer, Option, Result, Schedule, Stream } from "effect"
import { Nats } from "#layers/nats/connection/Nats.ts"
import { type NoAnswer, Requests } from "#layers/nats/connection/Requests.ts"
import {
  headerText,
  keyOperation,
  statusOf,
  takesAway,
  valueIn,
  writerHeader,
  writerIn
} from "#layers/nats/messages/rawHeaders.ts"
import { isMissing } from "#layers/nats/provision/provision.ts"
import { bucketStream } from "#layers/nats/provision/streamConfigs.ts"
import type { Write } from "#layers/nats/publish/atomicBatch.ts"
import { committer } from "#layers/nats/publish/groupCommitter.ts"
import { code, headersOf, isConflict, publish, type Rejected } from "#layers/nats/publish/publish.ts"
import { wholeBucket } from "#layers/nats/read/completeBucket.ts"
import { rowsIn } from "#layers/nats/read/keyScan.ts"
import { leaderOf } from "#layers/nats/read/leaderReads.ts"
import { reasonOf } from "#layers/services/errorMessage.ts"
import {
  type Bucket,
  type Entry,
  type Keyed,
  KeyValue,
  RevisionChanged,
  StoreUnavailable
} from "#layers/services/KeyValue.ts"
import { valueLimit } from "#layers/services/valueLimit.ts"
import { watchBucket } from "./bucketWatch.ts"
import { BulkReads } from "./BulkReads.ts"

const gone = headersOf({ headers: "" }, { [keyOperation]: "PURGE", "Nats-Rollup": "sub" })
const said = ({ code: number, description }: Rejected, bucket: string) =>
  number === code.streamFull
    ? `it is full (${description}); raise its limit: nats stream edit KV_${bucket} --max-bytes <bytes, such as 4GiB>`
    : `${description} (${number})`

/** Bytes of a message besides its value, at the most: its subject, and headers for guard, writer and batch. */
const reservedBytes = 4_096

/** The most rows in a batch. Of 500 the server stores twice as many a second as of 128, where it syncs. */
const most = 512

/** What is stored under a key: a value, or that it was taken away; with the revision that the next put names. */
const stored = (message: Msg) => {
  if (statusOf(message) > 0) return { entry: Option.none(), revision: 0 }
  const headers = headerText(message)
  const revision = Number(valueIn(headers, "Nats-Sequence"))
  const entry: Option.Option<Entry> = takesAway(headers)
    ? Option.none()
    : Option.some({ value: message.string(), revision, ...writerIn(headers) })
  return { entry, revision }
}

/** Key-value buckets in JetStream (ADR-8). */
export const layer = (replicas: number) =>
  Layer.effect(
    KeyValue,
    Effect.gen(function* () {
      const nats = yield* Nats
      const requests = yield* Requests
      const manager = yield* Effect.promise(() => jetstreamManager(nats, { checkAPI: false }))
      const bulk = yield* BulkReads
      const bulkManager = yield* Effect.promise(() => jetstreamManager(bulk.nats, { checkAPI: false }))

      const bucket = (name: string): Bucket => {
        const subject = (key: string) => `$KV.${name}.${key}`
        const unavailable = (reason: string) => new StoreUnavailable({ bucket: name, reason })
        const leader = leaderOf(requests, `KV_${name}`)

        const look = (key: string) =>
          requests.one(`$JS.API.DIRECT.GET.KV_${name}.${subject(key)}`, "").pipe(
            Effect.mapError(({ reason }) => unavailable(reason)),
            Effect.map(stored)
          )

        /** Looked at before anything is sent: the client refuses what is over `max_payload` with a plain Error. */
        const { fitting, tooLarge } = valueLimit(name, () => (nats.info?.max_payload ?? Infinity) - reservedBytes)

        const commit = committer(nats, requests, { most })
        const writeOf = ({ key, value, revision, writer }: Keyed): Write => ({
          messages: [{ subject: subject(key), data: value, headers: writer ? `${writerHeader}: ${writer}\r\n` : "" }],
          guard: { filter: subject(key), position: revision }
        })
        const failed = (key: string, error: Rejected | NoAnswer) => {
          if (error._tag === "NoAnswer") return unavailable(error.reason)
          return isConflict(error) ? new RevisionChanged({ key }) : unavailable(said(error, name))
        }
        const write = (row: Keyed) =>
          commit.one(writeOf(row)).pipe(
            Effect.map(({ seq }) => seq),
            Effect.mapError((error) => failed(row.key, error))
          )
        /** A key that was taken away has a revision all the same. */
        const writeAgain = (row: Keyed, changed: RevisionChanged) =>
          row.revision > 0
            ? Effect.fail(changed)
            : Effect.flatMap(look(row.key), ({ entry, revision }) => {
                if (Option.isSome(entry)) return Effect.fail(changed)
                if (!row.isNew || revision === 0) return write({ ...row, revision })
                return Effect.fail(new RevisionChanged({ key: row.key, removed: revision }))
              })

        const made = async () => {
          try {
            await manager.streams.info(`KV_${name}`)
            return false
          } catch (error) {
            if (!isMissing(error)) throw error
            await manager.streams.add(bucketStream(name, replicas))
            return true
          }
        }

        return {
          ...rowsIn(bulk.nats, bulkManager, bulk.requests, name, unavailable),
          ...wholeBucket(nats, manager, name, unavailable),
          ensure: Effect.tryPromise({ try: made, catch: reasonOf }).pipe(Effect.mapError(unavailable)),
          get: (key) => Effect.map(look(key), ({ entry }) => entry),
          put: (key, value, revision, writer) => {
            const row = { key, value, revision, ...(writer !== undefined && { writer }) }
            const written = Effect.catchTag(write(row), "RevisionChanged", (changed) => writeAgain(row, changed))
            return fitting([row], written)
          },
          // Whether a row is there already is asked for those only that were not taken.
          putAll: (rows) =>
            fitting(
              rows,
              Effect.suspend(() =>
                Effect.flatMap(commit.all(rows.map(writeOf)), (answers) =>
                  Effect.forEach(answers, (answer, n) => {
                    if (Result.isSuccess(answer)) return Effect.succeed(answer.success.seq)
                    const error = failed(rows[n]!.key, answer.failure)
                    return error._tag === "RevisionChanged" ? writeAgain(rows[n]!, error) : Effect.fail(error)
                  })
                )
              )
            ),
          tooLarge,
          remove: (key) =>
            publish(requests, subject(key), "", gone).pipe(
              Effect.mapError((error) => unavailable(error._tag === "NoAnswer" ? error.reason : said(error, name))),
              Effect.map(({ seq }) => seq)
            ),
          newest: leader.last(subject(">")).pipe(
            Effect.mapError(({ reason }) => unavailable(reason)),
            Effect.map((message) => message?.seq ?? 0)
          ),
          clear: Effect.tryPromise({ try: () => manager.streams.purge(`KV_${name}`), catch: reasonOf }).pipe(
            Effect.mapError(unavailable),
            Effect.asVoid
          ),
          watch: (keys) => watchBucket(nats, manager, name, keys).pipe(Stream.retry(Schedule.spaced("500 millis")))
        }
      }
      return { bucket }
    })
  )
