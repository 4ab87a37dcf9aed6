import { Array, Effect, Option, Result } from "effect"
import * as Subject from "#layers/codec/Subject.ts"
import { waits } from "#layers/deadLetters/DeadLetter.ts"
import type { Stuck } from "#layers/deadLetters/DeadLetters.ts"
import { thrown } from "#layers/processors/thrownError.ts"
import { isUnreadable, type LogUnavailable, type Replayed, type Unreadable } from "#layers/services/EventLog.ts"
import { FailPoint } from "#layers/services/FailPoint.ts"
import type { Bucket } from "#layers/services/KeyValue.ts"
import type { Subscription } from "#layers/services/Subscriptions.ts"
import type { Held, heldRows } from "./bufferedRows.ts"
import type { FittingRows } from "./fittingRows.ts"
import type { RowIntegrity } from "./RowIntegrity.ts"

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

/** Whose rows they are, and where. */
export interface Rows {
  readonly subscription: Subscription
  readonly bucket: Bucket
  /** The places in which something is set aside already. */
  readonly stuck: () => ReadonlySet<string>
  readonly held: ReturnType<typeof heldRows>
  readonly fitting: FittingRows
  /** Rows that are not what this view wrote are never folded upon. */
  readonly source?: RowSource | undefined
}

/** What tells which rows can be folded upon, and what the others are up to a position. */
export interface RowSource {
  readonly integrity: RowIntegrity
  readonly foldBefore: (
    paths: ReadonlySet<string>,
    position: number
  ) => Effect.Effect<ReadonlyMap<string, Held>, LogUnavailable>
}

/** Rows in memory: facts are folded into them as they come, and each row is written once, by revision. */
export const sheetOf = ({ subscription, bucket, stuck, held, fitting, source }: Rows, bucketIsEmpty: boolean) => {
  const { fold, measure } = fitting
  const { hold, pathOf, untouched, written } = held

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

  const load = Effect.fnUntraced(function* (missing: ReadonlyMap<string, unknown>, before: number) {
    const unsound = new Map<string, number>()
    yield* Effect.forEach(
      missing,
      ([path, fact]) =>
        Effect.map(bucket.get(path), (entry) => {
          const row = hold(path, fact, entry)
          const revision = row.revision || source?.integrity.removed.get(path)
          const isSound = Option.match(entry, {
            onNone: () => revision === undefined,
            onSome: (found) => row.broken === undefined && source?.integrity.isGenuine(found) !== false
          })
          if (source && revision && !isSound) unsound.set(path, revision)
          else rows.set(path, row)
        }),
      { concurrency: atOnce, discard: true }
    )
    if (!source || unsound.size === 0) return
    const folded = yield* source.foldBefore(new Set(unsound.keys()), before)
    for (const [path, revision] of unsound) {
      rows.set(path, { ...(folded.get(path) ?? untouched(path, missing.get(path))), revision })
    }
  })

  /** `undefined` if it is not loaded yet, or if the fact's words cannot name a row. */
  const rowOf = (fact: unknown, missing: Map<string, unknown>): Held | undefined => {
    const path = Result.getOrUndefined(Result.try(() => pathOf(fact)))
    if (path === undefined) return undefined
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
      return missing.size === 0
        ? Effect.sync(() => addAll(found))
        : Effect.map(load(missing, page[0]!.position), () => addAll(look()))
    })

  const addOne = (fact: Met, row: Held | undefined) => {
    met++
    if (isUnreadable(fact)) return put(fact, fact.reason)
    if ((aside.size > 0 || stuck().size > 0) && (aside.has(fact.place) || stuck().has(fact.place))) {
      return put(fact, waits)
    }
    try {
      // Without a row, the words of the fact name none, and this throws why.
      const into = row ?? untouched(pathOf(fact.fact), fact.fact)
      if (!fold(into, fact)) return
      into.changed = met
      changed.delete(into)
      changed.add(into)
    } catch (error) {
      put(fact, thrown(error))
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

  /** Somebody removed a row that is taken for a new one here; or a row is too large, and is measured from now on. */
  const remember = (error: Effect.Error<ReturnType<Bucket["putAll"]>>) =>
    Effect.sync(() => {
      if (error._tag === "ValueTooLarge") measure(error.key)
      if (error._tag !== "RevisionChanged" || error.removed === undefined) return
      source?.integrity.removed.set(error.key, error.removed)
    })

  /** Writes rows as they are now; what changes meanwhile is written later. */
  const writePiece = (due: ReadonlyArray<Held>) =>
    Effect.suspend(() => {
      const news = due.map((row) => row.news)
      const writer = source?.integrity.generation
      const now = due.map((row) => ({
        key: row.path,
        value: written(row),
        revision: row.revision,
        ...(writer !== undefined && { writer, isNew: row.revision === 0 })
      }))
      return Effect.map(Effect.tapError(bucket.putAll(now), remember), (revisions) =>
        due.forEach((row, n) => {
          if (source && row.revision === 0) source.integrity.created++
          source?.integrity.removed.delete(row.path)
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
