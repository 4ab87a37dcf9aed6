import { isDeepStrictEqual } from "node:util"
import { Schema } from "effect"
import { Board, Key, Projection, type Slice } from "#domain/model/index.ts"
import { bucketOf, progressKey } from "#layers/services/bucketNames.ts"
import { emptyRow, rowSchema } from "#layers/views/row.ts"
import type { FaultRecord } from "../history.ts"
import type { EvidenceIndex, Invariant, LoggedEvent, Violation } from "./Evidence.ts"
import { lineOfEvent, lineOfRowRead } from "./excerpt.ts"

const name = "I5"

/** What a bucket has under a key: anything, once somebody has overwritten it. */
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** What each row should be: its facts, folded by the projection, with the stamp of the newest. */
const expected = ({ evidence: { log } }: EvidenceIndex, view: Slice.View<any, any>) => {
  const reads = new Set(view.shows.reads.map(({ identifier }: { identifier: string }) => identifier))
  const encode = Schema.encodeUnknownSync(Schema.toCodecJson(rowSchema(view)), { disableChecks: true })
  const events = Map.groupBy(
    log.filter(({ event }) => reads.has(event._tag)),
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
  return { facts: events, row }
}

const compareRows = (index: EvidenceIndex, view: Slice.View<any, any>): ReadonlyArray<Violation> => {
  const { facts: events, row } = expected(index, view)
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
            description: `${path} ${where} is not what its facts amount to`,
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
    .flatMap(({ app, path, row }) => differences(path, row, `of ${view.shows.name}, as app ${app} tells it,`))
  return [...inBucket, ...observed]
}

/** What a view goes by itself, until it has noticed that somebody changed it behind its back. */
const tamperingFaults = new Set(["checkpoint-ahead", "row-deleted", "row-overwritten"])

/** Milliseconds in which a view notices. */
const noticeMillis = 10_000

/** Who names a position sees it. */
const staleReads = ({ evidence: { history }, rowReads }: EvidenceIndex): ReadonlyArray<Violation> => {
  const tampered = history.filter(
    (entry): entry is FaultRecord => entry.type === "fault" && tamperingFaults.has(entry.name)
  )
  return rowReads.flatMap((rowRead) =>
    rowRead.outcome.is === "row" &&
    rowRead.outcome.position < rowRead.after &&
    !tampered.some(({ t, until }) => rowRead.until >= t && rowRead.t <= until + noticeMillis)
      ? [{ invariant: name, description: "a row is older than was asked for", excerpt: [lineOfRowRead(rowRead)] }]
      : []
  )
}

export const readModels: Invariant = {
  name,
  promise: "soon after healing, each row is what its facts amount to; who names a position sees it",
  check: (index) => [
    ...index.evidence.unsettled.map((description) => ({ invariant: name, description, excerpt: [] })),
    ...Board.views(index.evidence.board).flatMap((view) => compareRows(index, view)),
    ...staleReads(index)
  ]
}
