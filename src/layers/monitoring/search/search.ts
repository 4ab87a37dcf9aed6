import { Effect, Schema } from "effect"
import { Board, type Slice } from "#domain/model/index.ts"
import type { FactsPage, Seen } from "#layers/contract/eventSchema.ts"
import { fieldsOf } from "#layers/contract/jsonSchema.ts"
import type { Rows } from "#layers/contract/operationsSchema.ts"
import type { Search } from "#layers/contract/searchSchema.ts"
import { shower } from "#layers/monitoring/history/eventView.ts"
import { past } from "#layers/monitoring/history/history.ts"
import { rowsNow } from "#layers/monitoring/history/rowsNow.ts"
import { Scans, type ScanTooLong, type TooBusy } from "#layers/monitoring/scans/Scans.ts"
import type { StillCounting, Watch } from "#layers/monitoring/tail/LogTail.ts"
import type { LogUnavailable } from "#layers/services/EventLog.ts"
import type { StoreUnavailable } from "#layers/services/KeyValue.ts"
import type { LogReader } from "#layers/services/LogReader.ts"
import type { Choice } from "#layers/views/keyFilter.ts"
import { fields, inEvents, type Is, type Match, matches, matchIn, type Term } from "./searchFields.ts"
import { termsIn } from "./searchTerms.ts"

/** The most rows of one view, and the most events, that an answer shows. */
const most = 10

/** What an event id or a correlation id may be. */
const isId = /^[\x21-\x7e]{1,128}$/u
const none: FactsPage = { facts: [], next: null }

/** The most rows of one view that are looked through for a value that is no word of its key. */
const mostLookedThrough = 5_000

type Failure = StillCounting | LogUnavailable | StoreUnavailable | TooBusy | ScanTooLong

const rowFields = ({ key, shows }: Slice.View<any, any>): Schema.Struct.Fields => ({ ...key, ...shows.state.fields })

/**
 * Which rows to list so that all that may match are among them: those that the words of the key name, and, where a value may
 * be in another field, as many as are looked through.
 */
const listsFor = (view: Slice.View<any, any>, match: Match) => {
  const isWord = ([name]: Is) => name in view.key
  const choicesOf = (all: ReadonlyArray<Is>): Readonly<Record<string, Choice>> =>
    Object.fromEntries(all.map(([name, is]) => [name, { is }]))
  const certain = match.flatMap((is) => (is.length === 1 && isWord(is[0]!) ? is : []))
  const open = match.filter((is) => is.length > 1 || !isWord(is[0]!))
  if (open.length === 0) return [choicesOf(certain)]
  const known = new Set(certain.map(([name]) => name))
  const words = open[0]!.filter((is) => isWord(is) && !known.has(is[0]))
  return [...words.map((word) => choicesOf([...certain, word])), choicesOf(certain)]
}

/** The rows of a view that have some values. */
const inRows = Effect.fnUntraced(function* (view: Slice.View<any, any>) {
  const list = yield* rowsNow(view)
  const own = fields(rowFields(view))
  const words = Object.keys(view.key)
  return Effect.fnUntraced(function* (terms: ReadonlyArray<Term>) {
    const match = matchIn(own, terms)
    if (!match) return undefined
    const found = new Map<string, Rows["rows"][number]>()
    let more = false
    for (const choices of listsFor(view, match)) {
      const listed = yield* list({ choices, limit: mostLookedThrough })
      more ||= listed.more
      for (const row of listed.rows) {
        if (matches(row, match)) found.set(JSON.stringify(words.map((word) => row[word])), row)
      }
    }
    const rows = [...found.values()]
    return rows.length === 0
      ? undefined
      : { view: view.shows.name, rows: rows.slice(0, most), more: more || rows.length > most }
  })
})

/** What a text names on a board: rows by their values, events by theirs, by position and by id, and correlations. */
export const search = Effect.fnUntraced(function* (
  board: Board.Any,
  watch: Watch["Service"],
  reader: LogReader["Service"]
) {
  const scans = yield* Scans
  const views = yield* Effect.forEach(Board.views(board), (view) =>
    Effect.map(inRows(view), (find) => ({ name: view.shows.name as string, find }))
  )
  const find = past(board, watch, reader)
  const byValues = inEvents(board)
  const show = shower(board)
  const names = new Set([
    ...Board.facts(board).flatMap((event) => Object.keys(fieldsOf(event))),
    ...Board.views(board).flatMap((view) => Object.keys(rowFields(view)))
  ])

  /** What is not reachable or not there yet in one view is found in the others all the same. */
  const rowsOf = Effect.fnUntraced(function* (terms: ReadonlyArray<Term>) {
    const rows: Array<Search["rows"][number]> = []
    const skipped: Array<string> = []
    for (const { find, name } of views) {
      const found = yield* find(terms).pipe(
        Effect.catchTag(["ViewRebuilding", "ViewBehind", "StoreUnavailable"], () =>
          Effect.sync(() => void skipped.push(name))
        )
      )
      if (found) rows.push(found)
    }
    return { rows, skipped }
  })

  const at = (text: string): Effect.Effect<ReadonlyArray<Seen>, Failure> => {
    const position = /^[1-9]\d{0,15}$/u.test(text) ? Number(text) : 0
    return position === 0 ? Effect.succeed([]) : Effect.map(reader.page(position - 1, position), (all) => all.map(show))
  }

  const events = (terms: ReadonlyArray<Term>, before: number | undefined) =>
    find({ values: byValues(terms), before, limit: most })

  /** Also what came to be known by a name of its own. */
  const inLog = Effect.fnUntraced(function* (text: string, terms: ReadonlyArray<Term>) {
    const here = yield* at(text)
    const byId = isId.test(text) ? yield* find({ id: text, limit: 1 }) : none
    const related = isId.test(text) ? yield* find({ correlationId: text, limit: 1 }) : none
    const { facts, next } = yield* events(terms, undefined)
    const newest = related.facts[0]
    return {
      named: [...here, ...byId.facts],
      correlation: newest ? { id: text, newest } : null,
      events: facts,
      next
    }
  })

  return (query: string, before: number | undefined): Effect.Effect<Search, Failure> =>
    Effect.gen(function* () {
      const text = query.trim()
      const terms = termsIn(text, names)
      yield* watch.standing
      if (before !== undefined) {
        const { facts, next } = yield* scans.long(events(terms, before))
        return { named: [], correlation: null, rows: [], skipped: [], events: facts, next }
      }
      // Rows are listed behind a limit of their own: one read holds no place while it waits for another.
      const rows = yield* rowsOf(terms)
      return { ...rows, ...(yield* scans.long(inLog(text, terms))) }
    })
})
