import { Array, Effect } from "effect"
import type { Subscription } from "../Consumers.ts"
import { isUnreadable, type Replayed, type Unreadable } from "../EventLog.ts"
import { FailPoint } from "../FailPoint.ts"
import type { Bucket } from "../KeyValue.ts"
import { reasonOf } from "../reasonOf.ts"
import * as Subject from "../wire/Subject.ts"
import type { Held, heldRows } from "./heldRows.ts"
import type { Stuck } from "./Parking.ts"

/** Rows that are read at once, and that are written at once, in so many pieces. */
const atOnce = 256
const piece = 512
const pieces = 2

/** A row that has not changed for so many facts of a replay is written while more is read. */
export const calm = 10_000

/** What a view meets in the log. */
export type Met = Replayed | Unreadable

/** A message that is set aside: it cannot be taken, or waits for one that cannot. */
const setAside = ({ name: by, types }: Subscription, met: Met, reason: string, behind: boolean): Stuck => ({
  by,
  place: met.place,
  position: met.position,
  type: isUnreadable(met) ? Subject.typeAmong(types, met.subject) : met.fact._tag,
  reason,
  attempts: behind ? 0 : 1,
  behind
})

export const waits = "it waits for an earlier fact of its place"

/** Whose rows they are, and where. */
export interface Rows {
  readonly subscription: Subscription
  readonly bucket: Bucket
  /** The places in which something is set aside already. */
  readonly stuck: () => ReadonlySet<string>
  readonly held: ReturnType<typeof heldRows>
}

/** Rows in memory: facts are folded into them as they come, and each row is written once, by revision. */
export const sheetOf = ({ subscription, bucket, stuck, held }: Rows, bucketIsEmpty: boolean) => {
  const { fold, hold, pathOf, untouched, written } = held

  const rows = new Map<string, Held>()
  /** Those that have news, the one that changed longest ago first. */
  const changed = new Set<Held>()
  const aside = new Map<string, Array<Stuck>>()
  let empty = bucketIsEmpty
  let met = 0

  const put = (met: Met, reason: string) => {
    const before = aside.get(met.place)
    const behind = before !== undefined || stuck().has(met.place)
    aside.set(met.place, [...(before ?? []), setAside(subscription, met, behind ? waits : reason, behind)])
  }

  const load = (missing: ReadonlyMap<string, unknown>) =>
    Effect.forEach(
      missing,
      ([path, fact]) => Effect.map(bucket.get(path), (entry) => void rows.set(path, hold(path, fact, entry))),
      { concurrency: atOnce, discard: true }
    )

  const rowOf = (fact: unknown, missing: Map<string, unknown>): Held | undefined => {
    const path = pathOf(fact)
    const known = rows.get(path)
    if (!known && empty) rows.set(path, untouched(path, fact))
    else if (!known) missing.set(path, fact)
    return known ?? rows.get(path)
  }

  const add = (page: ReadonlyArray<Met>) =>
    Effect.suspend(() => {
      const missing = new Map<string, unknown>()
      const look = () => page.map((each) => (isUnreadable(each) ? undefined : rowOf(each.fact, missing)))
      const addAll = (found: ReadonlyArray<Held | undefined>) => page.forEach((each, n) => addOne(each, found[n]))
      const found = look()
      return missing.size === 0 ? Effect.sync(() => addAll(found)) : Effect.map(load(missing), () => addAll(look()))
    })

  const addOne = (fact: Met, row: Held | undefined) => {
    met++
    if (isUnreadable(fact) || !row) return put(fact, (fact as Unreadable).reason)
    if ((aside.size > 0 || stuck().size > 0) && (aside.has(fact.place) || stuck().has(fact.place))) {
      return put(fact, waits)
    }
    try {
      if (!fold(row, fact)) return
      row.changed = met
      changed.delete(row)
      changed.add(row)
    } catch (error) {
      put(fact, reasonOf(error))
    }
  }

  const dueOf = (latest: number) => {
    const due: Array<Held> = []
    for (const row of changed) {
      if (row.changed > latest) break
      due.push(row)
    }
    return due
  }

  /** Writes rows as they are now; what changes meanwhile is written later. */
  const writePiece = (due: ReadonlyArray<Held>) =>
    Effect.suspend(() => {
      const news = due.map((row) => row.news)
      const now = due.map((row) => ({ key: row.path, value: written(row), revision: row.revision }))
      return Effect.map(bucket.putAll(now), (revisions) =>
        due.forEach((row, n) => {
          row.revision = revisions[n]!
          if (row.news !== news[n]) return
          row.news = undefined
          changed.delete(row)
        })
      )
    })

  /** Writes the rows that changed last before so many facts were met. */
  const write = (latest: () => number) =>
    Effect.suspend(() =>
      Effect.forEach(Array.chunksOf(dueOf(latest()), piece), writePiece, { concurrency: pieces, discard: true })
    )

  /** Writes what is new, and takes what was set aside with it. */
  const flush = Effect.gen(function* () {
    yield* write(() => met)
    const failPoint = yield* FailPoint
    failPoint("before-progress")
    rows.clear()
    empty = false
    const taken = [...aside.values()].flat()
    aside.clear()
    return taken
  })

  return { add, flush, writeCalm: write(() => met - calm), size: () => rows.size }
}
