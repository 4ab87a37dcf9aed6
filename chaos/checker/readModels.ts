import { isDeepStrictEqual } from "node:util"
import { Schema } from "effect"
import { Board, Key, Projection, type Slice } from "#domain/model/index.ts"
import { bucketOf, progressKey } from "#layers/services/buckets.ts"
import { emptyRow, rowSchema } from "#layers/views/row.ts"
import type { Faulted } from "../history.ts"
import type { Case, Invariant, Logged, Violation } from "./Case.ts"
import { lineOfFact, lineOfLook } from "./excerpt.ts"

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
const expected = ({ evidence: { log } }: Case, view: Slice.View<any, any>) => {
  const reads = new Set(view.shows.reads.map(({ identifier }: { identifier: string }) => identifier))
  const encode = Schema.encodeUnknownSync(Schema.toCodecJson(rowSchema(view)), { disableChecks: true })
  const facts = Map.groupBy(
    log.filter(({ fact }) => reads.has(fact._tag)),
    ({ fact }) => Key.path(Key.tokens(view.key, fact as never))
  )
  const row = (of: ReadonlyArray<Logged>) => {
    const state = Projection.fold(
      view.shows,
      of.map(({ fact }) => fact)
    )
    const { actor, fact, position, time } = of.at(-1)!
    const about = emptyRow(view, fact as never)
    return encode({ ...about, ...(state as object), updatedAt: time, updatedBy: actor, position })
  }
  return { facts, row }
}

const compared = (about: Case, view: Slice.View<any, any>): ReadonlyArray<Violation> => {
  const { facts, row } = expected(about, view)
  const bucket = bucketOf(view)
  const stored = about.evidence.rows.get(bucket) ?? new Map<string, string>()
  const excerpt = (path: string, is: unknown) => [
    `is      ${JSON.stringify(is)}`,
    `should  ${facts.has(path) ? JSON.stringify(row(facts.get(path)!)) : "not be there"}`,
    ...(facts.get(path) ?? []).slice(-8).map((fact) => lineOfFact(fact))
  ]
  const differ = (path: string, is: unknown, where: string): ReadonlyArray<Violation> =>
    isDeepStrictEqual(is, facts.has(path) ? row(facts.get(path)!) : undefined)
      ? []
      : [
          {
            invariant: name,
            what: `${path} ${where} is not what its facts amount to`,
            excerpt: excerpt(path, is)
          }
        ]
  const paths = new Set([...facts.keys(), ...stored.keys()].filter((path) => path !== progressKey))
  const inBucket = [...paths].flatMap((path) => {
    const text = stored.get(path)
    return differ(path, text === undefined ? undefined : parsed(text), `in the bucket ${bucket}`)
  })
  const told = about.evidence.seen
    .filter(({ view: named, path }) => named === view.shows.name && facts.has(path))
    .flatMap(({ app, path, row }) => differ(path, row, `of ${view.shows.name}, as app ${app} tells it,`))
  return [...inBucket, ...told]
}

/** What a view goes by itself, until it has noticed that somebody changed it behind its back. */
const tampering = new Set(["checkpoint-ahead", "row-deleted", "row-overwritten"])

/** Milliseconds in which a view notices. */
const notice = 10_000

/** Who names a position sees it. */
const unseen = ({ evidence: { history }, looks }: Case): ReadonlyArray<Violation> => {
  const tampered = history.filter((entry): entry is Faulted => entry.type === "fault" && tampering.has(entry.name))
  return looks.flatMap((look) =>
    look.outcome.is === "row" &&
    look.outcome.position < look.after &&
    !tampered.some(({ t, until }) => look.until >= t && look.t <= until + notice)
      ? [{ invariant: name, what: "a row is older than was asked for", excerpt: [lineOfLook(look)] }]
      : []
  )
}

export const readModels: Invariant = {
  name,
  promise: "soon after healing, each row is what its facts amount to; who names a position sees it",
  check: (about) => [
    ...about.evidence.restless.map((what) => ({ invariant: name, what, excerpt: [] })),
    ...Board.views(about.evidence.board).flatMap((view) => compared(about, view)),
    ...unseen(about)
  ]
}
