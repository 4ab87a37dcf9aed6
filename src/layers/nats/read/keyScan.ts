import type { JetStreamManager } from "@nats-io/jetstream"
import type { Msg, NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import { bucketStream, entryPrefix } from "#layers/buckets/bucketNames.ts"
import { keyMatcher } from "#layers/codec/keyMatcher.ts"
import type { RequestFailed, Requests } from "#layers/nats/connection/Requests.ts"
import { makeOrderedReader } from "#layers/nats/consume/orderedReader.ts"
import {
  headerText,
  hasTombstoneHeader,
  headerValue,
  statusOf,
  parseWriter
} from "#layers/nats/messages/messageHeaders.ts"
import type { ListResult, KeyedEntry, StoreUnavailable } from "#layers/services/KeyValue.ts"
import { staleReplicaRetry } from "./leaderReads.ts"

/** Maximum subjects in the server's answer to a direct get for several; beyond that its status is 413. */
const maxDirectGetSubjects = 1_000
const tooManyStatus = 413

/** Rows processed before the other work of this process gets its turn. */
const maxBatchSize = 250

/** Milliseconds without a message or heartbeat after which a scan fails. */
const idleTimeoutMillis = 5_000

/** Maximum patterns in one request. */
const maxPatterns = 256

export interface ScanOptions {
  readonly nats: NatsConnection
  readonly manager: JetStreamManager
  readonly requests: Requests["Service"]
  /** The name of the bucket. */
  readonly name: string
  readonly unavailable: (reason: string) => StoreUnavailable
  /** On a cluster: lists then have every write that was acknowledged before they began. */
  readonly newestOf?: NewestOf | undefined
}

/** The newest message on a subject, wildcards allowed, as the leader knows it. */
export type NewestOf = (subject: string) => Effect.Effect<Revision | undefined, RequestFailed>

interface Revision {
  readonly subject: string
  readonly seq: number
}

const isBehind = ({ reason }: StoreUnavailable) => reason === behindReason
const behindReason = "the replica that answered is behind"

/**
 * Lists rows by one direct get; `undefined` if there are too many for one answer. Any replica may answer. With
 * `newestOf`, the newest message of the bucket is requested too: a replica that does not have it is behind, and the get
 * is repeated.
 */
const makeDirectScan = ({ requests, name, unavailable, newestOf }: ScanOptions) => {
  const prefix = entryPrefix(name)
  const entryOf = (message: Msg): KeyedEntry => ({
    key: headerValue(headerText(message), "Nats-Subject").slice(prefix.length),
    value: message.string(),
    revision: revisionOf(message),
    ...parseWriter(headerText(message))
  })
  const toUnavailable = Effect.mapError(({ reason }: RequestFailed) => unavailable(reason))

  const get = (subjects: ReadonlyArray<string>) => {
    let isTooMany = false
    return requests
      .many(
        `$JS.API.DIRECT.GET.${bucketStream(name)}`,
        [JSON.stringify({ multi_last: subjects, batch: maxDirectGetSubjects })],
        (message) => {
          const status = statusOf(message)
          isTooMany ||= status === tooManyStatus
          return status > 0
        }
      )
      .pipe(
        toUnavailable,
        Effect.map(([messages = []]) => (isTooMany || messages.length >= maxDirectGetSubjects ? undefined : messages))
      )
  }

  return (patterns: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<KeyedEntry> | undefined, StoreUnavailable> =>
    Effect.gen(function* () {
      const subjects = patterns.map((pattern) => prefix + pattern)
      const newest = newestOf && (yield* toUnavailable(newestOf(`${prefix}>`)))
      const messages = yield* get(newest ? [...subjects, newest.subject] : subjects)
      if (newest && messages?.every((message) => revisionOf(message) < newest.seq)) {
        return yield* Effect.fail(unavailable(behindReason))
      }
      return messages
        ?.filter((message) => !hasTombstoneHeader(headerText(message)))
        .map(entryOf)
        .filter(
          ({ key }) => `${prefix}${key}` !== newest?.subject || patterns.some((pattern) => keyMatcher(pattern)(key))
        )
    }).pipe(Effect.retry({ schedule: staleReplicaRetry, while: isBehind }))
}

const revisionOf = (message: Msg) => Number(headerValue(headerText(message), "Nats-Sequence"))

/**
 * Lists rows through a consumer, however many there are. With `newestOf`, it reads up to the newest matching message: the
 * replica that serves the consumer may receive it later.
 */
const makeConsumerScan =
  ({ nats, manager, name, unavailable, newestOf }: ScanOptions) =>
  (pattern: string, maxEntries: number): Effect.Effect<ListResult, StoreUnavailable> =>
    Effect.gen(function* () {
      const entries: Array<KeyedEntry> = []
      const prefix = entryPrefix(name)
      const filter = prefix + pattern
      const end = newestOf ? ((yield* newestOf(filter))?.seq ?? 0) : 0
      const bucket = yield* makeOrderedReader(nats, manager, {
        stream: bucketStream(name),
        filter,
        maxMessages: 2 * maxBatchSize,
        idleTimeoutMillis
      })
      let { pending } = bucket
      let reached = 0
      const takeBatch = bucket.takeBatch(maxBatchSize).pipe(
        // The newest message may have been purged since: then nothing more comes.
        Effect.timeoutOrElse({ duration: idleTimeoutMillis, orElse: () => Effect.fail(unavailable(behindReason)) })
      )
      while ((pending > 0 || reached < end) && entries.length <= maxEntries) {
        for (const delivery of yield* takeBatch) {
          const { message, position } = delivery
          pending = delivery.pending
          reached = position
          const headers = headerText(message)
          if (hasTombstoneHeader(headers)) continue
          entries.push({
            key: message.subject.slice(prefix.length),
            value: message.string(),
            revision: position,
            ...parseWriter(headers)
          })
        }
        yield* Effect.yieldNow
      }
      return { entries: entries.slice(0, maxEntries), more: entries.length > maxEntries }
    }).pipe(
      Effect.scoped,
      Effect.catchTag(["LogUnavailable", "RequestFailed"], ({ reason }) => Effect.fail(unavailable(reason)))
    )

/**
 * Lists the rows of a bucket whose keys match patterns: by direct gets while they are few, otherwise through a
 * consumer.
 */
export const makeKeyScan = (options: ScanOptions) => {
  const { requests, name, unavailable } = options
  const scanDirect = makeDirectScan(options)
  const scanConsumer = makeConsumerScan(options)

  const scan = (patterns: ReadonlyArray<string>, maxEntries: number): Effect.Effect<ListResult, StoreUnavailable> =>
    Effect.flatMap(scanDirect(patterns), (entries) => {
      if (entries) return Effect.succeed({ entries: entries.slice(0, maxEntries), more: entries.length > maxEntries })
      if (patterns.length === 1) return scanConsumer(patterns[0]!, maxEntries)
      const half = patterns.length >>> 1
      return Effect.flatMap(scan(patterns.slice(0, half), maxEntries), (first) =>
        first.more
          ? Effect.succeed(first)
          : Effect.map(scan(patterns.slice(half), maxEntries - first.entries.length), ({ entries, more }) => ({
              entries: [...first.entries, ...entries],
              more
            }))
      )
    })

  /** Patterns that do not overlap; tokens may be `*`. */
  const list = (patterns: ReadonlyArray<string>, maxEntries: number): Effect.Effect<ListResult, StoreUnavailable> =>
    Effect.gen(function* () {
      const entries: Array<KeyedEntry> = []
      for (let from = 0; from < patterns.length; from += maxPatterns) {
        const chunk = yield* scan(patterns.slice(from, from + maxPatterns), maxEntries - entries.length)
        entries.push(...chunk.entries)
        if (chunk.more) return { entries, more: true }
      }
      return { entries, more: false }
    })

  const size = requests.one(`$JS.API.STREAM.INFO.${bucketStream(name)}`, "").pipe(
    Effect.mapError(({ reason }) => unavailable(reason)),
    Effect.flatMap((answer) => {
      const { state } = answer.json<{ readonly state?: { readonly num_subjects?: number } }>()
      return state
        ? Effect.succeed(state.num_subjects ?? 0)
        : Effect.fail(unavailable("the server did not report its size"))
    })
  )

  return { list, size }
}
