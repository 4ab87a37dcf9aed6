import { Key, type Slice } from "#domain/grammar/index.ts"
import { Effect } from "effect"
import type { Subscription } from "../Consumers.ts"
import { isUnreadable, type Replayed, type Unreadable } from "../EventLog.ts"
import { FailPoint } from "../FailPoint.ts"
import type { Bucket } from "../KeyValue.ts"
import { reasonOf } from "../reasonOf.ts"
import * as Subject from "../wire/Subject.ts"
import type { Held, heldRows } from "./heldRows.ts"
import type { Stuck } from "./Parking.ts"

const atOnce = 256

/** A row that has not changed for so many pages of a replay is written while more is read. */
const calm = 2

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
  readonly view: Slice.View<any, any>
  readonly subscription: Subscription
  readonly bucket: Bucket
  /** The places in which something is set aside already. */
  readonly stuck: () => ReadonlySet<string>
  readonly held: ReturnType<typeof heldRows>
}

/** Rows in memory: facts are folded into them as they come, and each row is written once, by revision. */
export const sheetOf = ({ view, subscription, bucket, stuck, held }: Rows, bucketIsEmpty: boolean) => {
  const { fold, hold, untouched, written } = held

  const rows = new Map<string, Held>()
  /** Those that have news, the one that changed longest ago first. */
  const changed = new Map<string, Held>()
  const aside = new Map<string, Array<Stuck>>()
  let empty = bucketIsEmpty
  let page = 0

  const put = (met: Met, reason: string) => {
    const before = aside.get(met.place)
    const behind = before !== undefined || stuck().has(met.place)
    aside.set(met.place, [...(before ?? []), setAside(subscription, met, behind ? waits : reason, behind)])
  }

  const load = (missing: ReadonlyMap<string, unknown>) =>
    Effect.forEach(
      missing,
      ([path, fact]) => Effect.map(bucket.get(path), (entry) => void rows.set(path, hold(fact, entry))),
      { concurrency: atOnce, discard: true }
    )

  const add = (met: ReadonlyArray<Met>) =>
    Effect.suspend(() => {
      page++
      const paths = met.map((each) => (isUnreadable(each) ? "" : Key.path(Key.tokens(view.key, each.fact as never))))
      const missing = new Map<string, unknown>()
      met.forEach((each, n) => {
        if (isUnreadable(each) || rows.has(paths[n]!)) return
        if (empty) rows.set(paths[n]!, untouched(each.fact))
        else missing.set(paths[n]!, each.fact)
      })
      const all = Effect.sync(() => met.forEach((each, n) => addOne(each, paths[n]!)))
      return missing.size === 0 ? all : Effect.andThen(load(missing), all)
    })

  const addOne = (met: Met, path: string) => {
    const row = rows.get(path)
    if (isUnreadable(met) || !row) return put(met, (met as Unreadable).reason)
    if ((aside.size > 0 || stuck().size > 0) && (aside.has(met.place) || stuck().has(met.place))) return put(met, waits)
    try {
      if (!fold(row, met)) return
      row.page = page
      changed.delete(path)
      changed.set(path, row)
    } catch (error) {
      put(met, reasonOf(error))
    }
  }

  const dueOf = (latest: number) => {
    const due: Array<readonly [path: string, row: Held]> = []
    for (const each of changed) {
      if (each[1].page > latest) break
      due.push(each)
    }
    return due
  }

  /** Writes the rows that changed last by that page, as they are now; what changes meanwhile is written later. */
  const write = (latest: () => number) =>
    Effect.suspend(() =>
      Effect.forEach(
        dueOf(latest()),
        ([path, row]) => {
          const { news } = row
          return Effect.map(bucket.put(path, written(row), row.revision), (revision) => {
            row.revision = revision
            if (row.news === news) changed.delete(path)
          })
        },
        { concurrency: atOnce, discard: true }
      )
    )

  /** Writes what is new, and takes what was set aside with it. */
  const flush = Effect.gen(function* () {
    yield* write(() => page)
    const failPoint = yield* FailPoint
    failPoint("before-progress")
    rows.clear()
    empty = false
    const taken = [...aside.values()].flat()
    aside.clear()
    return taken
  })

  return { add, flush, writeCalm: write(() => page - calm), size: () => rows.size }
}
