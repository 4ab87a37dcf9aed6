import { jetstreamManager } from "@nats-io/jetstream"
import type { Msg } from "@nats-io/transport-node"
import { Effect, Layer, Option, Queue, Result, Schedule, Stream } from "effect"
import {
  type Bucket,
  type Change,
  type Entry,
  type Keyed,
  KeyValue,
  RevisionChanged,
  StoreUnavailable
} from "../KeyValue.ts"
import { reasonOf } from "../reasonOf.ts"
import { valueLimit } from "../valueLimit.ts"
import type { Write } from "./batch.ts"
import { BulkReads } from "./BulkReads.ts"
import { committer } from "./committer.ts"
import { leaderOf } from "./leader.ts"
import { Nats } from "./Nats.ts"
import { isMissing } from "./provision.ts"
import { code, headersOf, isConflict, publish, type Rejected } from "./publish.ts"
import { headerText, keyOperation, statusOf, takesAway, valueIn, writerHeader, writerIn } from "./rawHeaders.ts"
import { reading } from "./reading.ts"
import { type NoAnswer, Requests } from "./Requests.ts"
import { rowsIn } from "./rowsIn.ts"
import { bucketStream } from "./streams.ts"
import { wholeBucket } from "./wholeBucket.ts"

const gone = headersOf({ headers: "" }, { [keyOperation]: "PURGE", "Nats-Rollup": "sub" })
const said = ({ code: number, description }: Rejected, bucket: string) =>
  number === code.streamFull
    ? `it is full (${description}); raise its limit: nats stream edit KV_${bucket} --max-bytes <bytes, such as 4GiB>`
    : `${description} (${number})`

/** Bytes of a message besides its value, at the most: its subject, and headers for guard, writer and batch. */
const reservedBytes = 4_096

/** Milliseconds without a sign of life after which a watch is restarted. */
const silence = 3_000

/** The most changes that are on their way or wait here. */
const ahead = 1_000

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

        const changeOf = (of: string, headers: string, seq: number, value: () => string): Change => ({
          key: of.slice(subject("").length),
          value: takesAway(headers) ? Option.none() : Option.some(value()),
          revision: seq
        })

        /** Not the client's own watch: it may be silent for ever once the node that hosts its consumer has died. */
        const watch = (keys: string) =>
          Stream.callback<Change, StoreUnavailable>((changes) =>
            Effect.gen(function* () {
              const { take } = yield* reading(nats, manager, {
                stream: `KV_${name}`,
                filter: subject(keys),
                ahead,
                silence
              })
              yield* take(ahead).pipe(
                Effect.flatMap((taken) =>
                  Queue.offerAll(
                    changes,
                    taken.map(({ message, position }) =>
                      changeOf(message.subject, headerText(message), position, () => message.string())
                    )
                  )
                ),
                Effect.forever
              )
            }).pipe(
              Effect.scoped,
              Effect.catch(({ reason }) => Queue.fail(changes, unavailable(reason)))
            )
          )

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
          watch: (keys) => watch(keys).pipe(Stream.retry(Schedule.spaced("500 millis")))
        }
      }
      return { bucket }
    })
  )
