import { Key, type Slice } from "#domain/grammar/index.ts"
import { Effect, Fiber, Option, Predicate } from "effect"
import type { Subscription } from "../Consumers.ts"
import { FailPoint } from "../FailPoint.ts"
import { type EventLog, isUnreadable, type Replayed, type Unreadable } from "../EventLog.ts"
import type { Bucket, Entry } from "../KeyValue.ts"
import { reasonOf } from "../reasonOf.ts"
import * as Subject from "../wire/Subject.ts"
import { type Held, heldRows } from "./heldRows.ts"
import type { Stuck } from "./Parking.ts"

/** Where a bucket keeps how far its view has come; no row has this name, since no token of a key has `_`. */
export const progressKey = "_position"

const atOnce = 256

/** A row that has not changed for so many pages of a replay is written while more is read. */
const calm = 2

/** The most rows that are held in memory before they are written. */
const mostHeld = 200_000

const revisionOf = (entry: Option.Option<Entry>) => Option.match(entry, { onNone: () => 0, onSome: (e) => e.revision })

/** What a view meets in the log. */
type Met = Replayed | Unreadable

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

/**
 * How the facts of a view become the rows of its bucket. `stuck` are the places in which something is set aside already.
 */
export const folder = (
  view: Slice.View<any, any>,
  subscription: Subscription,
  bucket: Bucket,
  stuck: () => ReadonlySet<string>
) => {
  const { decode, fold, hold, untouched, written } = heldRows(view)

  /** Rows in memory: facts are folded into them as they come, and each row is written once, by revision. */
  const sheet = (bucketIsEmpty: boolean) => {
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
      if ((aside.size > 0 || stuck().size > 0) && (aside.has(met.place) || stuck().has(met.place)))
        return put(met, waits)
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

  const retried = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.retry(effect, { while: Predicate.isTagged("RevisionChanged") })

  /** Folds what comes, in the log's order, into the bucket. Answers with what could not be. */
  const take = (met: ReadonlyArray<Met>) =>
    retried(
      Effect.suspend(() => {
        const { add, flush } = sheet(false)
        return Effect.andThen(add(met), flush)
      })
    )

  /**
   * Folds a long stretch of the log without a delivery for each fact: `done` hears how far the bucket has come, and what
   * was set aside on the way. `isEmpty` if the bucket has no rows.
   */
  const replay = Effect.fnUntraced(function* <E>(
    log: EventLog["Service"],
    types: ReadonlyArray<string>,
    { after, upTo, isEmpty }: { readonly after: number; readonly upTo: number; readonly isEmpty: boolean },
    done: (position: number, aside: ReadonlyArray<Stuck>) => Effect.Effect<void, E>
  ) {
    const { add, flush, size, writeCalm } = sheet(isEmpty)
    let writing = yield* Effect.forkChild(writeCalm)
    const finish = Effect.fnUntraced(function* (position: number) {
      yield* Fiber.join(writing)
      yield* done(position, yield* flush)
    })
    yield* log.replay(types, after, upTo, (page) =>
      Effect.gen(function* () {
        yield* add(page)
        if (size() > mostHeld) return yield* finish(page.at(-1)!.position)
        if (writing.pollUnsafe() === undefined) return
        yield* Fiber.join(writing)
        writing = yield* Effect.forkChild(writeCalm)
      })
    )
    yield* finish(upTo)
  })

  /** Folds one row anew, from its first fact on: what was set aside may be read now. */
  const refold = Effect.fnUntraced(function* (
    log: EventLog["Service"],
    types: ReadonlyArray<string>,
    upTo: number,
    about: unknown
  ) {
    const path = Key.path(Key.tokens(view.key, about as never))
    const row = untouched(about)
    yield* log.replay(types, 0, upTo, (page) =>
      Effect.try({
        try: () =>
          page.forEach((each) => {
            if (isUnreadable(each) || Key.path(Key.tokens(view.key, each.fact as never)) !== path) return
            fold(row, each)
          }),
        catch: reasonOf
      })
    )
    yield* retried(
      Effect.gen(function* () {
        const entry = yield* bucket.get(path)
        const known = Option.isSome(entry) ? hold(about, entry) : undefined
        if (known && known.broken === undefined && known.position > upTo) return
        yield* bucket.put(path, written(row), revisionOf(entry))
      })
    )
  })

  return { take, replay, refold, decode }
}
