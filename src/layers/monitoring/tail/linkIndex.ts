import { Effect, Option, Schema } from "effect"
import { LRUCache } from "lru-cache"
import type { ScanBudget } from "#layers/monitoring/scans/ScanBudget.ts"
import { inSlices, scanPage } from "#layers/monitoring/scans/yieldToEventLoop.ts"
import { smallValues } from "#layers/services/boundedValues.ts"
import type { LogUnavailable } from "#layers/services/EventLog.ts"
import type { Bucket, StoreUnavailable } from "#layers/services/KeyValue.ts"
import { type Logged, type LogReader } from "#layers/services/LogReader.ts"
import { stride } from "./countSnapshots.ts"
import { addLinks, filterBytes, filterSize, LinkFilter } from "./LinkFilter.ts"

type Failure = LogUnavailable | StoreUnavailable

/** Stretches that are held in memory at the most: 10 MB, for 2.5 million events. Others are read when they are needed. */
export const maxStretches = 500

const Kept = Schema.fromJsonString(
  Schema.Struct({
    log: Schema.String,
    /** What stands at the end of the stretch, so that filters of other events with the same positions are not believed. */
    end: Schema.String,
    filters: Schema.String
  })
)
const decode = Schema.decodeUnknownOption(Kept)

/** Who writes filters, as the bucket tells. */
const writer = "links"

const keyOf = (end: number) => `links.${end}`
const endOf = (position: number) => Math.ceil(position / stride) * stride
const signOf = ({ storedAt, subject }: Logged) => `${storedAt} ${subject}`

/**
 * Which pages of the log an event id or a correlation id may stand in: a filter for each page of 1,000 positions. The reader
 * of the log makes them as it goes; those of each full stretch of 5,000 positions are kept in a bucket, and made again from
 * the log where they are missing. Commands pay nothing for it.
 */
export const linkIndex = (bucket: Bucket, reader: LogReader["Service"], log: string) => {
  const stretches = new LRUCache<number, Uint8Array>({ max: maxStretches })
  let growing: { readonly end: number; readonly bytes: Uint8Array; last: number } | undefined

  const empty = () => new Uint8Array((stride / filterSize) * filterBytes)

  /** The filter of a position's page, among those of its stretch. */
  const filterIn = (bytes: Uint8Array, position: number) => {
    const n = Math.floor(((position - 1) % stride) / filterSize)
    return new LinkFilter(bytes.subarray(n * filterBytes, (n + 1) * filterBytes))
  }

  const addTo = (bytes: Uint8Array) => (logged: Logged) => addLinks(filterIn(bytes, logged.position), logged)

  /** Takes what the reader of the log read next; answers with the last message of each stretch that is full now. */
  const add = (messages: ReadonlyArray<Logged>): ReadonlyArray<Logged> => {
    const full: Array<Logged> = []
    for (const logged of messages) {
      const { position } = logged
      const end = endOf(position)
      if (position === end - stride + 1) growing = { end, bytes: empty(), last: position - 1 }
      // A stretch of which not all was read has no filters until somebody needs them.
      if (growing?.end !== end || growing.last !== position - 1) continue
      growing.last = position
      addTo(growing.bytes)(logged)
      if (position !== end) continue
      stretches.set(end, growing.bytes)
      full.push(logged)
    }
    return full
  }

  const keep = (last: Logged, bytes = stretches.get(last.position)) =>
    Effect.gen(function* () {
      if (!bytes) return
      const value = JSON.stringify({ log, end: signOf(last), filters: Buffer.from(bytes).toString("base64") })
      const known = yield* bucket.get(keyOf(last.position))
      const revision = Option.match(known, { onNone: () => 0, onSome: ({ revision }) => revision })
      yield* smallValues(bucket).put(keyOf(last.position), value, revision, writer)
    }).pipe(Effect.catchTag("RevisionChanged", () => Effect.void))

  const kept = Effect.fnUntraced(function* (end: number, last: Logged) {
    const entry = yield* bucket.get(keyOf(end))
    // What another client of the server wrote is not believed.
    const own = Option.filter(entry, (entry) => entry.writer === writer)
    const found = Option.getOrUndefined(Option.flatMap(own, ({ value }) => decode(value)))
    if (found?.log !== log || found.end !== signOf(last)) return undefined
    const bytes = Buffer.from(found.filters, "base64")
    return bytes.length === empty().length ? bytes : undefined
  })

  const made = Effect.fnUntraced(function* (end: number, last: Logged, budget: ScanBudget) {
    const bytes = empty()
    for (let after = end - stride; after < end;) {
      const page: ReadonlyArray<Logged> = yield* reader.page(after, Math.min(end, after + scanPage))
      if (page.length === 0) return undefined
      budget.spend(page.length)
      yield* inSlices(page, addTo(bytes))
      after = page.at(-1)!.position
    }
    yield* Effect.catchTag(keep(last, bytes), "StoreUnavailable", () => Effect.void)
    return bytes
  })

  /** The filters of a stretch; `undefined` where it is not full yet and was not read from its beginning. */
  const filtersOf = Effect.fnUntraced(function* (
    end: number,
    budget: ScanBudget
  ): Effect.fn.Return<Uint8Array | undefined, Failure> {
    const known = stretches.get(end)
    if (known) return known
    const [last] = yield* reader.page(end - 1, end)
    if (!last) return undefined
    const bytes = (yield* kept(end, last)) ?? (yield* made(end, last, budget))
    if (bytes) stretches.set(end, bytes)
    return bytes
  })

  /** Whether something with a key may stand in the page of a position. */
  const mayHave = (key: string, position: number, budget: ScanBudget): Effect.Effect<boolean, Failure> => {
    const end = endOf(position)
    if (growing?.end === end) {
      const pageEnd = Math.ceil(position / filterSize) * filterSize
      return Effect.succeed(growing.last < pageEnd || filterIn(growing.bytes, position).mayHave(key))
    }
    return Effect.map(filtersOf(end, budget), (bytes) => bytes === undefined || filterIn(bytes, position).mayHave(key))
  }

  return { add, keep, mayHave, filtersOf }
}

export type LinkIndex = ReturnType<typeof linkIndex>
