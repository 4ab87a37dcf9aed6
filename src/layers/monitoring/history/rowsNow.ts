import { Array as Arr, Effect, Option } from "effect"
import { Key, KeyToken, type Slice } from "#domain/model/index.ts"
import { bucketOf } from "#layers/buckets/bucketNames.ts"
import type { Rows } from "#layers/contract/operationsSchema.ts"
import { Scans, type ScanTooLong, type TooBusy } from "#layers/monitoring/scans/Scans.ts"
import { forEachInSlices } from "#layers/monitoring/scans/yieldToEventLoop.ts"
import { type ListResult, type KeyedEntry, KeyValue } from "#layers/services/KeyValue.ts"
import { type KeyConditions, keyFilter, type KeyFilter } from "#layers/views/rows/keyFilter.ts"
import type { RowDeadLetters } from "#layers/views/rows/rowDeadLetters.ts"
import { ViewHealth } from "#layers/views/ViewHealth.ts"
import { Views } from "#layers/views/Views.ts"

export interface RowQuery {
  readonly conditions: KeyConditions
  readonly limit: number
  /** The key of the last row of the previous page, as text. */
  readonly afterRow?: ReadonlyArray<string> | undefined
  /** Wait until the view has reached this position. */
  readonly after?: number | undefined
}

/** The most entries that one answer scans. */
const maxScannedEntries = 20_000

/** The most entries of a short list, which has a queue of its own. */
const maxShortListEntries = 1_000

type RowsFailure = Effect.Error<ReturnType<Views["Service"]["waitForPosition"]>> | TooBusy | ScanTooLong

type RowJson = Rows["rows"][number]

const parseRow = (text: string): RowJson | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null ? (value as RowJson) : undefined
  } catch {
    return undefined
  }
}

interface DeadLetterQuery {
  /** Of the rows in the answer. */
  readonly paths: ReadonlySet<string>
  readonly fits: KeyFilter["fits"]
  readonly upTo: number
  readonly limit: number
}

/** Adds to an answer the dead letters of rows that the query selects and the answer lacks. */
export const withDeadLetters = (
  answer: Omit<Rows, "log" | "deadLetters">,
  deadLetters: RowDeadLetters | undefined,
  query: DeadLetterQuery
): Omit<Rows, "log"> => {
  const { lacking, more } = deadLetters?.missingFrom(query) ?? { lacking: [], more: false }
  if (!Arr.isReadonlyArrayNonEmpty(lacking)) return answer
  return { ...answer, more: answer.more || more, deadLetters: lacking }
}

/** Selects the rows of a query: by its conditions, and after the previous page. */
export const rowSelection = (
  view: Slice.View<any, any>,
  { afterRow, conditions }: Pick<RowQuery, "afterRow" | "conditions">
): KeyFilter => {
  const filter = keyFilter(view, conditions)
  // A row whose key is not completely known may come after the previous page.
  const isAfterPage = (texts: ReadonlyArray<string | undefined>) =>
    afterRow === undefined || texts.includes(undefined) || filter.compare(texts as ReadonlyArray<string>, afterRow) > 0
  return { ...filter, fits: (texts) => filter.fits(texts) && isAfterPage(texts) }
}

/** The parameter that requests the next page; null if there is none. */
export const nextPageToken = (
  page: ReadonlyArray<{ readonly texts: ReadonlyArray<string> }>,
  isLast: boolean
): string | null => (isLast || page.length === 0 ? null : Key.toBucketKey(page.at(-1)!.texts.map(KeyToken.encode)))

/** The current rows of a view. */
export const rowsNow = Effect.fnUntraced(function* (view: Slice.View<any, any>) {
  const views = yield* Views
  const bucket = (yield* KeyValue).bucket(bucketOf(view))
  const health = Option.getOrUndefined(yield* Effect.serviceOption(ViewHealth))
  const scans = yield* Scans

  /** A list without conditions is as long as its bucket; with conditions, a short list is tried first. */
  const mayBeShort = ({ isOpen }: KeyFilter) =>
    isOpen ? Effect.map(bucket.size, (size) => size <= maxShortListEntries) : Effect.succeed(true)

  const listEntries = (patterns: ReadonlyArray<string>, max: number) => {
    const list = bucket.list(patterns, max)
    return health ? health.listVerified(view, list) : list
  }

  const toPage = Effect.fnUntraced(function* (
    { compare, fits }: KeyFilter,
    { entries, more }: ListResult,
    { limit, position }: { readonly limit: number; readonly position: number }
  ) {
    const deadLetters = health ? yield* health.deadLetters(view) : undefined
    const rows: Array<{ readonly entry: KeyedEntry; readonly texts: ReadonlyArray<string> }> = []
    yield* forEachInSlices(entries, (entry) => {
      if (entry.key.startsWith("_")) return
      const texts = Key.fromBucketKey(view.key, entry.key)
      if (texts && fits(texts)) rows.push({ entry, texts })
    })
    rows.sort((a, b) => compare(a.texts, b.texts))
    const encoded: Array<RowJson> = []
    const paths = new Set<string>()
    const page = rows.slice(0, limit)
    yield* forEachInSlices(page, ({ entry: { key, value } }) => {
      const row = parseRow(value)
      if (!row) return
      const missing = deadLetters?.count(key) ?? 0
      encoded.push(missing > 0 ? { ...row, deadLetters: missing } : row)
      paths.add(key)
    })
    const isLast = rows.length <= limit
    const next = nextPageToken(page, isLast)
    const answer = { view: view.shows.name, position, rows: encoded, more: more || !isLast, next }
    return withDeadLetters(answer, deadLetters, { paths, fits, upTo: Infinity, limit: limit })
  })

  return (query: RowQuery): Effect.Effect<Omit<Rows, "log">, RowsFailure> =>
    Effect.gen(function* () {
      const selection = rowSelection(view, query)
      const { after, limit } = query
      const { patterns } = selection
      // In this order: rows that are read later have at least this position. And outside of the bulkhead, which a request that
      // only waits must not occupy.
      const position = yield* views.waitForPosition(view, after ?? 0)
      if (yield* mayBeShort(selection)) {
        const short = Effect.flatMap(listEntries(patterns, maxShortListEntries), (some) =>
          some.more ? Effect.undefined : toPage(selection, some, { limit, position })
        )
        const answer = yield* scans.short(short)
        if (answer) return answer
      }
      const wide = listEntries(patterns, maxScannedEntries)
      return yield* scans.long(Effect.flatMap(wide, (some) => toPage(selection, some, { limit, position })))
    })
})
