import { Array as Arr, Effect, Option } from "effect"
import { Key, KeyToken, type Slice } from "#domain/model/index.ts"
import type { Rows } from "#layers/contract/operationsSchema.ts"
import { Scans, type ScanTooLong, type TooBusy } from "#layers/monitoring/scans/Scans.ts"
import { inSlices } from "#layers/monitoring/scans/yieldToEventLoop.ts"
import { bucketOf } from "#layers/services/buckets.ts"
import { type Found, type Keyed, KeyValue } from "#layers/services/KeyValue.ts"
import { type Choices, select, type Selection } from "#layers/views/keyFilter.ts"
import type { RowDeadLetters } from "#layers/views/rowDeadLetters.ts"
import { ViewHealth } from "#layers/views/ViewHealth.ts"
import { Views } from "#layers/views/Views.ts"

export interface Listed {
  readonly choices: Choices
  readonly limit: number
  /** The words of the last row of the page before. */
  readonly behind?: ReadonlyArray<string> | undefined
  /** Wait until the view knows this position. */
  readonly after?: number | undefined
}

/** The most entries that are looked through for one answer. */
const mostLookedAt = 20_000

/** The most entries of a short list: it does not wait behind wide ones. */
const mostShort = 1_000

type Failure = Effect.Error<ReturnType<Views["Service"]["reach"]>> | TooBusy | ScanTooLong

type Row = Rows["rows"][number]

const jsonIn = (text: string): Row | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null ? (value as Row) : undefined
  } catch {
    return undefined
  }
}

interface Asked {
  /** Of the rows in the answer. */
  readonly paths: ReadonlySet<string>
  readonly fits: Selection["fits"]
  readonly upTo: number
  readonly most: number
}

/** A list with the dead letters of the rows that it asks for and does not have. */
export const withLacking = (
  answer: Omit<Rows, "log" | "deadLetters">,
  letters: RowDeadLetters | undefined,
  asked: Asked
): Omit<Rows, "log"> => {
  const { lacking, more } = letters?.without(asked) ?? { lacking: [], more: false }
  if (!Arr.isReadonlyArrayNonEmpty(lacking)) return answer
  return { ...answer, more: answer.more || more, deadLetters: lacking }
}

/** Whether a row stands behind a page; a row of which not all words are known may. */
export const isBehind =
  ({ compare }: Selection, behind: ReadonlyArray<string> | undefined) =>
  (texts: ReadonlyArray<string | undefined>): boolean =>
    behind === undefined || texts.includes(undefined) || compare(texts as ReadonlyArray<string>, behind) > 0

/** How the next page is asked for. */
export const nextOf = (
  page: ReadonlyArray<{ readonly texts: ReadonlyArray<string> }>,
  isLast: boolean
): string | null => (isLast || page.length === 0 ? null : Key.path(page.at(-1)!.texts.map(KeyToken.encode)))

/** The rows of a view as they stand now. */
export const rowsNow = Effect.fnUntraced(function* (view: Slice.View<any, any>) {
  const views = yield* Views
  const bucket = (yield* KeyValue).bucket(bucketOf(view))
  const health = Option.getOrUndefined(yield* Effect.serviceOption(ViewHealth))
  const scans = yield* Scans

  /** A list of everything is as long as its bucket; what is narrower is tried. */
  const mayBeShort = ({ isOpen }: Selection) =>
    isOpen ? Effect.map(bucket.size, (size) => size <= mostShort) : Effect.succeed(true)

  const found = (patterns: ReadonlyArray<string>, most: number) => {
    const list = bucket.list(patterns, most)
    return health ? health.sound(view, list) : list
  }

  const answered = Effect.fnUntraced(function* (
    selection: Selection,
    { entries, more }: Found,
    { behind, limit, position }: Pick<Listed, "behind" | "limit"> & { readonly position: number }
  ) {
    const { compare } = selection
    const isIn = isBehind(selection, behind)
    const fits = (texts: ReadonlyArray<string | undefined>) => selection.fits(texts) && isIn(texts)
    const letters = health ? yield* health.deadLetters(view) : undefined
    const rows: Array<{ readonly entry: Keyed; readonly texts: ReadonlyArray<string> }> = []
    yield* inSlices(entries, (entry) => {
      if (entry.key.startsWith("_")) return
      const texts = Key.splitPath(view.key, entry.key)
      if (texts && fits(texts)) rows.push({ entry, texts })
    })
    rows.sort((a, b) => compare(a.texts, b.texts))
    const shown: Array<Row> = []
    const paths = new Set<string>()
    const page = rows.slice(0, limit)
    yield* inSlices(page, ({ entry: { key, value } }) => {
      const row = jsonIn(value)
      if (!row) return
      const missing = letters?.count(key) ?? 0
      shown.push(missing > 0 ? { ...row, deadLetters: missing } : row)
      paths.add(key)
    })
    const isLast = rows.length <= limit
    const next = nextOf(page, isLast)
    const answer = { view: view.shows.name, position, rows: shown, more: more || !isLast, next }
    return withLacking(answer, letters, { paths, fits, upTo: Infinity, most: limit })
  })

  return ({ after, behind, choices, limit }: Listed): Effect.Effect<Omit<Rows, "log">, Failure> =>
    Effect.gen(function* () {
      const selection = select(view, choices)
      const { patterns } = selection
      // The position first: what is read after it has it at least. And before the gate: who only waits is in nobody's way.
      const position = yield* views.reach(view, after ?? 0)
      if (yield* mayBeShort(selection)) {
        const short = Effect.flatMap(found(patterns, mostShort), (some) =>
          some.more ? Effect.undefined : answered(selection, some, { behind, limit, position })
        )
        const answer = yield* scans.short(short)
        if (answer) return answer
      }
      const wide = found(patterns, mostLookedAt)
      return yield* scans.long(Effect.flatMap(wide, (some) => answered(selection, some, { behind, limit, position })))
    })
})
