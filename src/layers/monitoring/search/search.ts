import { Effect, Schema } from "effect"
import { Board, type Slice } from "#domain/model/index.ts"
import type { EventPage, EventView } from "#layers/contract/eventSchema.ts"
import { fieldsOf } from "#layers/contract/jsonSchema.ts"
import type { Rows } from "#layers/contract/operationsSchema.ts"
import type { Search } from "#layers/contract/searchSchema.ts"
import { historyReader } from "#layers/monitoring/history/historyReader.ts"
import { rowsNow } from "#layers/monitoring/history/rowsNow.ts"
import { toEventView } from "#layers/monitoring/history/toEventView.ts"
import { Scans, type ScanTooLong, type TooBusy } from "#layers/monitoring/scans/Scans.ts"
import type { StillCounting, LogTail } from "#layers/monitoring/tail/LogTail.ts"
import type { LogUnavailable } from "#layers/services/EventLog.ts"
import type { StoreUnavailable } from "#layers/services/KeyValue.ts"
import type { LogReader } from "#layers/services/LogReader.ts"
import type { KeyCondition } from "#layers/views/rows/keyFilter.ts"
import {
  fieldIndex,
  eventMatcher,
  type FieldValue,
  type TermMatch,
  matches,
  matchTerms,
  type Term
} from "./fieldIndex.ts"
import { parseTerms } from "./searchTerms.ts"

/** The most rows of one view, and the most events, that an answer shows. */
const maxResults = 10

/** The form of event ids and correlation ids. */
const idPattern = /^[\x21-\x7e]{1,128}$/u
const emptyPage: EventPage = { facts: [], next: null }

/** The most rows of one view that are scanned for a value outside of its key. */
const maxScannedRows = 5_000

type SearchFailure = StillCounting | LogUnavailable | StoreUnavailable | TooBusy | ScanTooLong

const rowFields = ({ key, shows }: Slice.View<any, any>): Schema.Struct.Fields => ({ ...key, ...shows.state.fields })

/**
 * The conditions of lists that together contain every row which may match: rows by fields of their key, and, if a value may
 * be in another field, a list to scan.
 */
const keyConditionsFor = (view: Slice.View<any, any>, match: TermMatch) => {
  const isKeyField = ([name]: FieldValue) => name in view.key
  const conditionsOf = (all: ReadonlyArray<FieldValue>): Readonly<Record<string, KeyCondition>> =>
    Object.fromEntries(all.map(([name, is]) => [name, { is }]))
  const certain = match.flatMap((is) => (is.length === 1 && isKeyField(is[0]!) ? is : []))
  const open = match.filter((is) => is.length > 1 || !isKeyField(is[0]!))
  if (open.length === 0) return [conditionsOf(certain)]
  const known = new Set(certain.map(([name]) => name))
  const possible = open[0]!.filter((is) => isKeyField(is) && !known.has(is[0]))
  return [...possible.map((is) => conditionsOf([...certain, is])), conditionsOf(certain)]
}

/** Searches the rows of a view by values. */
const rowSearch = Effect.fnUntraced(function* (view: Slice.View<any, any>) {
  const list = yield* rowsNow(view)
  const rowFieldIndex = fieldIndex(rowFields(view))
  const keyNames = Object.keys(view.key)
  return Effect.fnUntraced(function* (terms: ReadonlyArray<Term>) {
    const match = matchTerms(rowFieldIndex, terms)
    if (!match) return undefined
    const found = new Map<string, Rows["rows"][number]>()
    let more = false
    for (const conditions of keyConditionsFor(view, match)) {
      const page = yield* list({ conditions, limit: maxScannedRows })
      more ||= page.more
      for (const row of page.rows) {
        if (matches(row, match)) found.set(JSON.stringify(keyNames.map((name) => row[name])), row)
      }
    }
    const rows = [...found.values()]
    return rows.length === 0
      ? undefined
      : { view: view.shows.name, rows: rows.slice(0, maxResults), more: more || rows.length > maxResults }
  })
})

/** Searches the rows of several views. Skips views that are not reachable, behind or being rebuilt. */
const viewSearch = Effect.fnUntraced(function* (all: ReadonlyArray<Slice.View<any, any>>) {
  const views = yield* Effect.forEach(all, (view) =>
    Effect.map(rowSearch(view), (find) => ({ name: view.shows.name as string, find }))
  )
  return Effect.fnUntraced(function* (terms: ReadonlyArray<Term>) {
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
})

/** Searches the events of a board. */
const eventSearch = (board: Board.Any, logTail: LogTail["Service"], reader: LogReader["Service"]) => {
  const find = historyReader(board, logTail, reader)
  const matchValues = eventMatcher(board)
  const toView = toEventView(board)

  const atPosition = (text: string): Effect.Effect<ReadonlyArray<EventView>, SearchFailure> => {
    const position = /^[1-9]\d{0,15}$/u.test(text) ? Number(text) : 0
    return position === 0
      ? Effect.succeed([])
      : Effect.map(reader.readPage(position - 1, position), (all) => all.map(toView))
  }

  const byValues = (terms: ReadonlyArray<Term>, before?: number) =>
    find({ values: matchValues(terms), before, limit: maxResults })

  return {
    byValues,
    /** By position, by id, by correlation and by values. */
    byAll: Effect.fnUntraced(function* (text: string, terms: ReadonlyArray<Term>) {
      const named = yield* atPosition(text)
      const byId = idPattern.test(text) ? yield* find({ id: text, limit: 1 }) : emptyPage
      const byCorrelation = idPattern.test(text) ? yield* find({ correlationId: text, limit: 1 }) : emptyPage
      const { facts, next } = yield* byValues(terms)
      const newest = byCorrelation.facts[0]
      return {
        named: [...named, ...byId.facts],
        correlation: newest ? { id: text, newest } : null,
        events: facts,
        next
      }
    })
  }
}

/** Searches a board for a text: rows by value, events by value, position and id, and correlations by id. */
export const search = Effect.fnUntraced(function* (
  board: Board.Any,
  logTail: LogTail["Service"],
  reader: LogReader["Service"]
) {
  const scans = yield* Scans
  const findRows = yield* viewSearch(Board.views(board))
  const findEvents = eventSearch(board, logTail, reader)
  const fieldNames = new Set([
    ...Board.storedShapes(board).flatMap((event) => Object.keys(fieldsOf(event))),
    ...Board.views(board).flatMap((view) => Object.keys(rowFields(view)))
  ])

  return (query: string, before: number | undefined): Effect.Effect<Search, SearchFailure> =>
    Effect.gen(function* () {
      const text = query.trim()
      const terms = parseTerms(text, fieldNames)
      yield* logTail.counts
      if (before !== undefined) {
        const { facts, next } = yield* scans.long(findEvents.byValues(terms, before))
        return { named: [], correlation: null, rows: [], skipped: [], events: facts, next }
      }
      // Lists have a bulkhead of their own: a read must not hold a permit while it waits for another one.
      const rows = yield* findRows(terms)
      return { ...rows, ...(yield* scans.long(findEvents.byAll(text, terms))) }
    })
})
