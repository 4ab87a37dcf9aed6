import { Effect, Option, Schema } from "effect"
import { LRUCache } from "lru-cache"
import type { ScanBudget } from "#layers/monitoring/scans/ScanBudget.ts"
import { forEachInSlices, scanPageSize } from "#layers/monitoring/scans/yieldToEventLoop.ts"
import type { LogUnavailable } from "#layers/services/EventLog.ts"
import type { Bucket, StoreUnavailable } from "#layers/services/KeyValue.ts"
import { type LogMessage, type LogReader } from "#layers/services/LogReader.ts"
import { smallValueBucket } from "#layers/services/smallValueBucket.ts"
import { snapshotInterval } from "./countSnapshots.ts"
import { addLinks, filterBytes, filterSize, LinkFilter } from "./LinkFilter.ts"

type LinkIndexFailure = LogUnavailable | StoreUnavailable

/** The most stretches in memory: 10 MB, for 2.5 million events. Others are read when they are needed. */
export const maxStretches = 500

const StoredFilters = Schema.fromJsonString(
  Schema.Struct({
    log: Schema.String,
    /** Identifies the last message of the stretch, so that filters of other events at the same positions are not used. */
    end: Schema.String,
    filters: Schema.String
  })
)
const decode = Schema.decodeUnknownOption(StoredFilters)

/** The writer of all filters; entries of other writers are ignored. */
const writer = "links"

const stretchKey = (end: number) => `links.${end}`
const stretchEndOf = (position: number) => Math.ceil(position / snapshotInterval) * snapshotInterval
const messageIdentity = ({ storedAt, subject }: LogMessage) => `${storedAt} ${subject}`

/**
 * Tells which pages of the log may contain an event id or a correlation id, by a filter for each page of 1,000 positions.
 * The log tail builds them as it reads; those of each full stretch, 5,000 positions, are stored in a bucket, and rebuilt from
 * the log where they are missing. Commands pay nothing for it.
 */
export const linkIndex = (bucket: Bucket, reader: LogReader["Service"], log: string) => {
  const stretches = new LRUCache<number, Uint8Array>({ max: maxStretches })
  let currentStretch: { readonly end: number; readonly bytes: Uint8Array; last: number } | undefined

  const emptyFilters = () => new Uint8Array((snapshotInterval / filterSize) * filterBytes)

  /** The filter of a position's page, among those of its stretch. */
  const filterIn = (bytes: Uint8Array, position: number) => {
    const n = Math.floor(((position - 1) % snapshotInterval) / filterSize)
    return new LinkFilter(bytes.subarray(n * filterBytes, (n + 1) * filterBytes))
  }

  const addTo = (bytes: Uint8Array) => (logged: LogMessage) => addLinks(filterIn(bytes, logged.position), logged)

  /** Indexes the next messages of the log; answers with the last message of each stretch that is full now. */
  const add = (messages: ReadonlyArray<LogMessage>): ReadonlyArray<LogMessage> => {
    const full: Array<LogMessage> = []
    for (const logged of messages) {
      const { position } = logged
      const end = stretchEndOf(position)
      if (position === end - snapshotInterval + 1) currentStretch = { end, bytes: emptyFilters(), last: position - 1 }
      // A stretch that was not read from its beginning gets its filters when they are needed.
      if (currentStretch?.end !== end || currentStretch.last !== position - 1) continue
      currentStretch.last = position
      addTo(currentStretch.bytes)(logged)
      if (position !== end) continue
      stretches.set(end, currentStretch.bytes)
      full.push(logged)
    }
    return full
  }

  const save = (last: LogMessage, bytes = stretches.get(last.position)) =>
    Effect.gen(function* () {
      if (!bytes) return
      const value = JSON.stringify({ log, end: messageIdentity(last), filters: Buffer.from(bytes).toString("base64") })
      const stored = yield* bucket.get(stretchKey(last.position))
      const revision = Option.match(stored, { onNone: () => 0, onSome: ({ revision }) => revision })
      yield* smallValueBucket(bucket).put(stretchKey(last.position), value, revision, writer)
    }).pipe(Effect.catchTag("RevisionChanged", () => Effect.void))

  const load = Effect.fnUntraced(function* (end: number, last: LogMessage) {
    const entry = yield* bucket.get(stretchKey(end))
    const ownEntry = Option.filter(entry, (entry) => entry.writer === writer)
    const stored = Option.getOrUndefined(Option.flatMap(ownEntry, ({ value }) => decode(value)))
    if (stored?.log !== log || stored.end !== messageIdentity(last)) return undefined
    const bytes = Buffer.from(stored.filters, "base64")
    return bytes.length === emptyFilters().length ? bytes : undefined
  })

  const rebuild = Effect.fnUntraced(function* (end: number, last: LogMessage, budget: ScanBudget) {
    const bytes = emptyFilters()
    for (let after = end - snapshotInterval; after < end;) {
      const page: ReadonlyArray<LogMessage> = yield* reader.readPage(after, Math.min(end, after + scanPageSize))
      if (page.length === 0) return undefined
      budget.spend(page.length)
      yield* forEachInSlices(page, addTo(bytes))
      after = page.at(-1)!.position
    }
    yield* Effect.catchTag(save(last, bytes), "StoreUnavailable", () => Effect.void)
    return bytes
  })

  /** The filters of a stretch; `undefined` if it is not full yet and was not read from its beginning. */
  const filtersOf = Effect.fnUntraced(function* (
    end: number,
    budget: ScanBudget
  ): Effect.fn.Return<Uint8Array | undefined, LinkIndexFailure> {
    const cached = stretches.get(end)
    if (cached) return cached
    const [last] = yield* reader.readPage(end - 1, end)
    if (!last) return undefined
    const bytes = (yield* load(end, last)) ?? (yield* rebuild(end, last, budget))
    if (bytes) stretches.set(end, bytes)
    return bytes
  })

  /** Whether the page of a position may contain an event with a key. */
  const mightContain = (
    key: string,
    position: number,
    budget: ScanBudget
  ): Effect.Effect<boolean, LinkIndexFailure> => {
    const end = stretchEndOf(position)
    if (currentStretch?.end === end) {
      const pageEnd = Math.ceil(position / filterSize) * filterSize
      return Effect.succeed(currentStretch.last < pageEnd || filterIn(currentStretch.bytes, position).mightContain(key))
    }
    return Effect.map(
      filtersOf(end, budget),
      (bytes) => bytes === undefined || filterIn(bytes, position).mightContain(key)
    )
  }

  return { add, save, mightContain, filtersOf }
}

export type LinkIndex = ReturnType<typeof linkIndex>
