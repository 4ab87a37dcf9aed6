import { Effect, Fiber, Option, Predicate, Result } from "effect"
import type { Slice } from "#domain/model/index.ts"
import type { Stuck } from "#layers/deadLetters/DeadLetters.ts"
import { thrown } from "#layers/processors/thrownError.ts"
import { type EventLog, isUnreadable, type LogUnavailable } from "#layers/services/EventLog.ts"
import { type Bucket, revisionOf } from "#layers/services/KeyValue.ts"
import type { Subscription } from "#layers/services/Subscriptions.ts"
import { type Held, heldRows } from "./bufferedRows.ts"
import { fittingRows } from "./fittingRows.ts"
import { type Met, type RowSource, sheetOf } from "./rowBuffer.ts"

/** The most rows that are held in memory before they are written. */
const mostHeld = 200_000

/**
 * Whether the same events are to be folded again at once: into rows as they are now; or measured, since a row was too large,
 * so that the event which makes it so is set aside.
 */
export const isToTakeAgain = ({ _tag }: { readonly _tag: string }): boolean =>
  _tag === "RevisionChanged" || _tag === "ValueTooLarge"

/**
 * How the facts of a view become the rows of its bucket. `stuck` are the places in which something is set aside already,
 * `withoutVoid` leaves out what is void.
 */
export const folder = (
  view: Slice.View<any, any>,
  subscription: Subscription,
  bucket: Bucket,
  stuck: () => ReadonlySet<string>,
  source?: RowSource,
  withoutVoid: (met: ReadonlyArray<Met>) => Effect.Effect<ReadonlyArray<Met>, LogUnavailable> = Effect.succeed
) => {
  const held = heldRows(view)
  const fitting = fittingRows(bucket, held)
  const { decode, fold, hold, pathOf, untouched, written } = held
  const sheet = (isEmpty: boolean) => sheetOf({ subscription, bucket, stuck, held, fitting, source }, isEmpty)
  const writer = () => source?.integrity.generation

  /** `undefined` where the words of an event cannot name a row. */
  const pathIn = (fact: unknown) => Result.getOrUndefined(Result.try(() => pathOf(fact)))

  const retried = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.retry(effect, { while: isToTakeAgain })

  /** Folds what comes, in the log's order, into the bucket. Answers with what could not be. */
  const take = (met: ReadonlyArray<Met>) =>
    retried(
      Effect.suspend(() => {
        const { add, flush } = sheet(false)
        return Effect.andThen(Effect.flatMap(withoutVoid(met), add), flush)
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
        yield* add(yield* withoutVoid(page))
        if (size() > mostHeld) return yield* finish(page.at(-1)!.position)
        if (writing.pollUnsafe() === undefined) return
        yield* Fiber.join(writing)
        writing = yield* Effect.forkChild(writeCalm)
      })
    )
    yield* finish(upTo)
  })

  /** Folds one row anew, from its first fact on, less what is set aside: one that was may be taken now. */
  const refold = Effect.fnUntraced(function* (
    log: EventLog["Service"],
    types: ReadonlyArray<string>,
    about: unknown,
    { isAside, upTo }: FoldRows
  ) {
    const path = yield* Effect.try({ try: () => pathOf(about), catch: thrown })
    const row = untouched(path, about)
    yield* log.replay(types, 0, upTo, (page) =>
      Effect.try({
        try: () =>
          page.forEach((each) => {
            if (isUnreadable(each) || isAside(each.position) || pathIn(each.fact) !== path) return
            fold(row, each)
          }),
        catch: thrown
      })
    )
    yield* Effect.retry(
      Effect.gen(function* () {
        const entry = yield* bucket.get(path)
        const known = Option.isSome(entry) ? hold(path, about, entry) : undefined
        const isOurs = Option.isSome(entry) && source?.integrity.isGenuine(entry.value) !== false
        if (isOurs && known && known.broken === undefined && known.position > upTo) return
        yield* bucket.put(path, written(row), revisionOf(entry), writer())
      }),
      { while: Predicate.isTagged("RevisionChanged") }
    )
  })

  /**
   * What rows amount to, less what is set aside (`isAside`, by position): from the log's facts up to `upTo`, which is the
   * position of one of these types, less those from `before` on. Rows that no fact makes are not there.
   */
  const foldRows = Effect.fnUntraced(function* (
    log: EventLog["Service"],
    types: ReadonlyArray<string>,
    paths: ReadonlySet<string>,
    { isAside, upTo, before = Infinity }: FoldRows
  ) {
    const rows = new Map<string, Held>()
    const stopped = new Set<string>()
    const add = (each: Met) => {
      if (isUnreadable(each) || each.position >= before || isAside(each.position) || stopped.has(each.place)) return
      const path = pathIn(each.fact)
      if (path === undefined || !paths.has(path)) return
      const row = rows.get(path) ?? untouched(path, each.fact)
      try {
        fitting.fold(row, each)
        rows.set(path, row)
      } catch {
        // It is set aside when it is handed over; what comes after it in its place waits for it.
        stopped.add(each.place)
      }
    }
    yield* log.replay(types, 0, upTo, (page) => Effect.sync(() => page.forEach(add)))
    return rows as ReadonlyMap<string, Held>
  })

  /**
   * Puts what rows amount to in the place of what this view did not write, and removes those that no fact makes. Answers
   * with those that need not be looked at again.
   */
  const restore = Effect.fnUntraced(function* (paths: ReadonlySet<string>, rows: ReadonlyMap<string, Held>) {
    return yield* Effect.filter(
      paths,
      (path) =>
        Effect.gen(function* () {
          const entry = yield* bucket.get(path)
          if (Option.isSome(entry) && entry.value.writer === writer()) return true
          const row = rows.get(path)
          if (row) yield* bucket.put(path, written(row), revisionOf(entry), writer())
          else if (Option.isSome(entry)) yield* bucket.remove(path)
          return true
        }).pipe(
          Effect.tapErrorTag("ValueTooLarge", () => Effect.sync(() => fitting.measure(path))),
          Effect.catchTag(["RevisionChanged", "ValueTooLarge"], () => Effect.succeed(false))
        ),
      { concurrency: 64 }
    )
  })

  return { take, replay, refold, foldRows, restore, decode }
}

export interface FoldRows {
  readonly isAside: (position: number) => boolean
  readonly upTo: number
  readonly before?: number
}
