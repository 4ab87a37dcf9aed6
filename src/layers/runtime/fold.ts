import type { Slice } from "#domain/grammar/index.ts"
import { Effect, Fiber, Option, Predicate } from "effect"
import type { Subscription } from "../Consumers.ts"
import { type EventLog, isUnreadable } from "../EventLog.ts"
import { type Bucket, revisionOf } from "../KeyValue.ts"
import { reasonOf } from "../reasonOf.ts"
import { heldRows } from "./heldRows.ts"
import type { Stuck } from "./Parking.ts"
import { type Met, sheetOf } from "./sheet.ts"

/** The most rows that are held in memory before they are written. */
const mostHeld = 200_000

/**
 * How the facts of a view become the rows of its bucket. `stuck` are the places in which something is set aside already.
 */
export const folder = (
  view: Slice.View<any, any>,
  subscription: Subscription,
  bucket: Bucket,
  stuck: () => ReadonlySet<string>
) => {
  const held = heldRows(view)
  const { decode, fold, hold, pathOf, untouched, written } = held
  const sheet = (isEmpty: boolean) => sheetOf({ subscription, bucket, stuck, held }, isEmpty)

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
    const path = pathOf(about)
    const row = untouched(path, about)
    yield* log.replay(types, 0, upTo, (page) =>
      Effect.try({
        try: () =>
          page.forEach((each) => {
            if (isUnreadable(each) || pathOf(each.fact) !== path) return
            fold(row, each)
          }),
        catch: reasonOf
      })
    )
    yield* retried(
      Effect.gen(function* () {
        const entry = yield* bucket.get(path)
        const known = Option.isSome(entry) ? hold(path, about, entry) : undefined
        if (known && known.broken === undefined && known.position > upTo) return
        yield* bucket.put(path, written(row), revisionOf(entry))
      })
    )
  })

  return { take, replay, refold, decode }
}
