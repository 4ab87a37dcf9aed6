import type { JetStreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import type { Requests } from "#layers/nats/connection/Requests.ts"
import { makeOrderedReader } from "#layers/nats/consume/orderedReader.ts"
import { headerText, hasTombstoneHeader, statusOf, parseWriter } from "#layers/nats/messages/messageHeaders.ts"
import type { ListResult, KeyedEntry, StoreUnavailable } from "#layers/services/KeyValue.ts"

/** Maximum subjects in the server's answer to a direct get for several; beyond that its status is 413. */
const maxDirectGetSubjects = 1_000
const tooManyStatus = 413

/** Rows processed before the other work of this process gets its turn. */
const maxBatchSize = 250

/** Milliseconds without a message or heartbeat after which a scan fails. */
const idleTimeoutMillis = 5_000

/** Maximum patterns in one request. */
const maxPatterns = 256

/** Lists rows by one direct get; `undefined` if there are too many for one answer. */
const makeDirectScan = (
  requests: Requests["Service"],
  name: string,
  unavailable: (reason: string) => StoreUnavailable
) => {
  const prefix = `$KV.${name}.`
  return (patterns: ReadonlyArray<string>) => {
    let isTooMany = false
    const query = { multi_last: patterns.map((pattern) => prefix + pattern), batch: maxDirectGetSubjects }
    return requests
      .many(`$JS.API.DIRECT.GET.KV_${name}`, [JSON.stringify(query)], (message) => {
        const status = statusOf(message)
        isTooMany ||= status === tooManyStatus
        return status > 0
      })
      .pipe(
        Effect.mapError(({ reason }) => unavailable(reason)),
        Effect.map(([messages = []]): ReadonlyArray<KeyedEntry> | undefined =>
          isTooMany || messages.length >= maxDirectGetSubjects
            ? undefined
            : messages
                .filter((message) => !hasTombstoneHeader(headerText(message)))
                .map((message) => ({
                  key: (message.headers?.get("Nats-Subject") ?? "").slice(prefix.length),
                  value: message.string(),
                  revision: Number(message.headers?.get("Nats-Sequence")),
                  ...parseWriter(headerText(message))
                }))
        )
      )
  }
}

/** Lists rows through a consumer, however many there are. */
const makeConsumerScan =
  (nats: NatsConnection, manager: JetStreamManager, name: string, unavailable: (reason: string) => StoreUnavailable) =>
  (pattern: string, maxEntries: number): Effect.Effect<ListResult, StoreUnavailable> =>
    Effect.gen(function* () {
      const entries: Array<KeyedEntry> = []
      const stream = `KV_${name}`
      const prefix = `$KV.${name}.`
      const bucket = yield* makeOrderedReader(nats, manager, {
        stream,
        filter: prefix + pattern,
        maxMessages: 2 * maxBatchSize,
        idleTimeoutMillis
      })
      let { pending } = bucket
      while (pending > 0 && entries.length <= maxEntries) {
        for (const delivery of yield* bucket.takeBatch(maxBatchSize)) {
          const { message, position } = delivery
          pending = delivery.pending
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
      Effect.catchTag("LogUnavailable", ({ reason }) => Effect.fail(unavailable(reason)))
    )

/**
 * Lists the rows of a bucket whose keys match patterns: by direct gets while they are few, otherwise through a
 * consumer.
 */
export const makeKeyScan = (
  nats: NatsConnection,
  manager: JetStreamManager,
  requests: Requests["Service"],
  name: string,
  unavailable: (reason: string) => StoreUnavailable
) => {
  const scanDirect = makeDirectScan(requests, name, unavailable)
  const scanConsumer = makeConsumerScan(nats, manager, name, unavailable)

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

  const size = requests.one(`$JS.API.STREAM.INFO.KV_${name}`, "").pipe(
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
