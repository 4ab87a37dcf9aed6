import { isDeepStrictEqual } from "node:util"
import { Schema } from "effect"
import { Board, Key, Projection, type Slice } from "#domain/model/index.ts"
import { bucketOf, progressKey } from "#layers/buckets/bucketNames.ts"
import { emptyRow, rowSchema } from "#layers/views/rows/row.ts"
import type { FaultRecord } from "../history.ts"
import type { EvidenceIndex, Invariant, LoggedEvent, Violation } from "./Evidence.ts"
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
  const row = (events: ReadonlyArray<LoggedEvent>) => {
    const state = Projection.fold(
      view.shows,
      events.map(({ event }) => event)
    )
    const { actor, event, position, time } = events.at(-1)!
    const key = emptyRow(view, event as never)
    return encode({ ...key, ...(state as object), updatedAt: time, updatedBy: actor, position })
  }
  return { events, row }
}

const compareRows = (index: EvidenceIndex, view: Slice.View<any, any>): ReadonlyArray<Violation> => {
  const { events, row } = expected(index, view)
  const bucket = bucketOf(view)
  const stored = index.evidence.rows.get(bucket) ?? new Map<string, string>()
  const excerpt = (path: string, actual: unknown) => [
    `is      ${JSON.stringify(actual)}`,
    `should  ${events.has(path) ? JSON.stringify(row(events.get(path)!)) : "not be there"}`,
    ...(events.get(path) ?? []).slice(-8).map((event) => lineOfEvent(event))
  ]
  const differences = (path: string, actual: unknown, where: string): ReadonlyArray<Violation> =>
    isDeepStrictEqual(actual, events.has(path) ? row(events.get(path)!) : undefined)
      ? []
      : [
          {
            invariant: name,
            description: `${path} ${where} is not the fold of its events`,
            excerpt: excerpt(path, actual)
          }
        ]
  const paths = new Set([...events.keys(), ...stored.keys()].filter((path) => path !== progressKey))
  const inBucket = [...paths].flatMap((path) => {
    const text = stored.get(path)
    return differences(path, text === undefined ? undefined : parsed(text), `in the bucket ${bucket}`)
  })
  const observed = index.evidence.observedRows
    .filter(({ view: viewName, path }) => viewName === view.shows.name && events.has(path))
    .flatMap(({ app, path, row }) => differences(path, row, `of ${view.shows.name}, as app ${app} returns it,`))
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
