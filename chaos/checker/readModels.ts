import { isDeepStrictEqual } from "node:util"
import { Schema } from "effect"
import { Board, Key, Projection, type Slice } from "#domain/model/index.ts"
import { bucketOf, progressKey } from "#layers/buckets/bucketNames.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { emptyRow, rowSchema } from "#layers/views/rows/row.ts"
import type { FaultRecord } from "../history.ts"
import type { EvidenceIndex, Invariant, Violation } from "./Evidence.ts"
import { lineOfEvent, lineOfRowRead } from "./excerpt.ts"

const name = "I5"

/** The value of a key: not necessarily JSON, since a fault may have overwritten it. */
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** The expected rows: their events folded by the projection, with position, time and actor of the newest one. */
const expected = ({ originals }: EvidenceIndex, view: Slice.View<any, any>) => {
  const reads = new Set(view.shows.reads.map(({ identifier }: { identifier: string }) => identifier))
  const encode = Schema.encodeUnknownSync(Schema.toCodecJson(rowSchema(view)), { disableChecks: true })
  const events = Map.groupBy(
    originals.filter(({ event }) => reads.has(event._tag)),
    ({ event }) => Key.toBucketKey(Key.tokens(view.key, event as never))
  )
  const row = (path: string): Readonly<Record<string, unknown>> | undefined => {
    const own = events.get(path)
    if (!own) return undefined
    const state = Projection.fold(
      view.shows,
      own.map(({ event }) => event)
    )
    const { actor, event, position, time } = own.at(-1)!
    const key = emptyRow(view, event as never)
    return encode({ ...key, ...(state as object), updatedAt: time, updatedBy: actor, position }) as Record<
      string,
      unknown
    >
  }
  return { events, row }
}

/**
 * How many undecodable messages may belong to a row, by its path: those of types that the view reads, unless the name of their event
 * stream has another value of a field of the row's key.
 */
const deadLettersOf = ({ evidence: { board, undecodable } }: EvidenceIndex, view: Slice.View<any, any>) => {
  const isRead = Subject.matchesTypes(view.shows.reads.map(({ identifier }: { identifier: string }) => identifier))
  const keyFields = new Map(board.lanes.map(({ boundary }) => [boundary.name, Object.keys(boundary.key)]))
  const known = [...undecodable.values()].filter(isRead).map((subject) => {
    const [boundary = "", key = ""] = Subject.streamIdOf(subject).split("/", 2)
    const tokens = key.split("_")
    return new Map(keyFields.get(boundary)?.map((field, n) => [field, tokens[n]]))
  })
  const names = Object.keys(view.key)
  return (path: string) => {
    const tokens = path.split(".")
    return known.filter((fields) => names.every((name, n) => !fields.has(name) || fields.get(name) === tokens[n]))
      .length
  }
}

const compareRows = (index: EvidenceIndex, view: Slice.View<any, any>): ReadonlyArray<Violation> => {
  const { events, row } = expected(index, view)
  const deadLetters = deadLettersOf(index, view)
  const bucket = bucketOf(view)
  const stored = index.evidence.rows.get(bucket) ?? new Map<string, string>()
  const differences = (
    path: string,
    { actual, should, where }: { readonly actual: unknown; readonly should: unknown; readonly where: string }
  ): ReadonlyArray<Violation> => {
    if (isDeepStrictEqual(actual, should)) return []
    const excerpt = [
      `is      ${JSON.stringify(actual)}`,
      `should  ${should === undefined ? "not be there" : JSON.stringify(should)}`,
      ...(events.get(path) ?? []).slice(-8).map((event) => lineOfEvent(event))
    ]
    return [{ invariant: name, description: `${path} ${where} is not the fold of its events`, excerpt }]
  }
  const paths = new Set([...events.keys(), ...stored.keys()].filter((path) => path !== progressKey))
  const inBucket = [...paths].flatMap((path) => {
    const text = stored.get(path)
    const actual = text === undefined ? undefined : parsed(text)
    return differences(path, { actual, should: row(path), where: `in the bucket ${bucket}` })
  })
  const observed = index.evidence.observedRows
    .filter(({ view: viewName, path }) => viewName === view.shows.name && events.has(path))
    .flatMap(({ app, path, row: actual }) => {
      const count = deadLetters(path)
      const should = count > 0 ? { ...row(path), deadLetters: count } : row(path)
      return differences(path, { actual, should, where: `of ${view.shows.name}, as app ${app} returns it,` })
    })
  return [...inBucket, ...observed]
}

/** Faults that change data which a view relies on, until the view has noticed. */
const tamperingFaults = new Set(["checkpoint-ahead", "row-deleted", "row-overwritten"])

/** The time in which a view notices tampering. */
const noticeMillis = 10_000

/** Rows older than the requested position. */
const staleReads = ({ evidence: { history }, rowReads }: EvidenceIndex): ReadonlyArray<Violation> => {
  const tampered = history.filter(
    (entry): entry is FaultRecord => entry.type === "fault" && tamperingFaults.has(entry.name)
  )
  return rowReads.flatMap((rowRead) =>
    rowRead.outcome.is === "row" &&
    rowRead.outcome.position < rowRead.after &&
    !tampered.some(({ t, until }) => rowRead.until >= t && rowRead.t <= until + noticeMillis)
      ? [{ invariant: name, description: "a row is older than requested", excerpt: [lineOfRowRead(rowRead)] }]
      : []
  )
}

export const readModels: Invariant = {
  name,
  promise: "soon after healing, each row is the fold of its events; a read with a position sees it",
  check: (index) => [
    ...index.evidence.unsettled.map((description) => ({ invariant: name, description, excerpt: [] })),
    ...Board.views(index.evidence.board).flatMap((view) => compareRows(index, view)),
    ...staleReads(index)
  ]
}
