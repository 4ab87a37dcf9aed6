import { Effect, Fiber, Option, Predicate, Result } from "effect"
import type { Slice } from "#domain/model/index.ts"
import type { NewDeadLetter } from "#layers/deadLetters/DeadLetters.ts"
import { failureReason } from "#layers/processors/failureReason.ts"
import { type EventLog, isUndecodable, type LogUnavailable } from "#layers/services/EventLog.ts"
import { type Bucket, revisionOf } from "#layers/services/KeyValue.ts"
import type { Subscription } from "#layers/services/Subscriptions.ts"
import { type ReplayEntry, type RowSource, makeRowBuffer } from "./rowBuffer.ts"
import { type BufferedRow, makeRowFolder } from "./rowFolder.ts"
import { makeSizeCheckedRows } from "./sizeCheckedRows.ts"

/** The most rows that are held in memory before they are written. */
const maxBufferedRows = 200_000

/**
 * Whether the same events are to be folded again at once: into rows as they are now; or measured, since a row was too large,
 * so that the event which makes it so is set aside.
 */
export const shouldRefold = ({ _tag }: { readonly _tag: string }): boolean =>
  _tag === "RevisionChanged" || _tag === "ValueTooLarge"

/**
 * How the facts of a view become the rows of its bucket. `stuck` are the places in which something is set aside already,
 * `withoutVoid` leaves out what is void.
 */
export const makeProjector = (
  view: Slice.View<any, any>,
  subscription: Subscription,
  bucket: Bucket,
  blockedStreams: () => ReadonlySet<string>,
  source?: RowSource,
  withoutVoid: (
    entries: ReadonlyArray<ReplayEntry>
  ) => Effect.Effect<ReadonlyArray<ReplayEntry>, LogUnavailable> = Effect.succeed
) => {
  const rowFolder = makeRowFolder(view)
  const sizeChecked = makeSizeCheckedRows(bucket, rowFolder)
  const { decode, fold, fromEntry, pathOf, newRow, encodeRow } = rowFolder
  const newBuffer = (isEmpty: boolean) =>
    makeRowBuffer({ subscription, bucket, blockedStreams, rowFolder, sizeChecked, source }, isEmpty)
  const writer = () => source?.integrity.generation

  /** `undefined` where the words of an event cannot name a row. */
  const tryPathOf = (event: unknown) => Result.getOrUndefined(Result.try(() => pathOf(event)))

  const retryRefold = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.retry(effect, { while: shouldRefold })

  /** Folds what comes, in the log's order, into the bucket. Answers with what could not be. */
  const applyEntries = (entries: ReadonlyArray<ReplayEntry>) =>
    retryRefold(
      Effect.suspend(() => {
        const { add, flush } = newBuffer(false)
        return Effect.andThen(Effect.flatMap(withoutVoid(entries), add), flush)
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
    onProgress: (position: number, deadLetters: ReadonlyArray<NewDeadLetter>) => Effect.Effect<void, E>
  ) {
    const { add, flush, size, writeIdle } = newBuffer(isEmpty)
    let writing = yield* Effect.forkChild(writeIdle)
    const finish = Effect.fnUntraced(function* (position: number) {
      yield* Fiber.join(writing)
      yield* onProgress(position, yield* flush)
    })
    yield* log.replay(types, after, upTo, (page) =>
      Effect.gen(function* () {
        yield* add(yield* withoutVoid(page))
        if (size() > maxBufferedRows) return yield* finish(page.at(-1)!.position)
        if (writing.pollUnsafe() === undefined) return
        yield* Fiber.join(writing)
        writing = yield* Effect.forkChild(writeIdle)
      })
    )
    yield* finish(upTo)
  })

  /** Folds one row anew, from its first fact on, less what is set aside: one that was may be taken now. */
  const refold = Effect.fnUntraced(function* (
    log: EventLog["Service"],
    types: ReadonlyArray<string>,
    about: unknown,
    { isSkipped, upTo }: FoldOptions
  ) {
    const path = yield* Effect.try({ try: () => pathOf(about), catch: failureReason })
    const row = newRow(path, about)
    yield* log.replay(types, 0, upTo, (page) =>
      Effect.try({
        try: () =>
          page.forEach((entry) => {
            if (isUndecodable(entry) || isSkipped(entry.position) || tryPathOf(entry.event) !== path) return
            fold(row, entry)
          }),
        catch: failureReason
      })
    )
    yield* Effect.retry(
      Effect.gen(function* () {
        const entry = yield* bucket.get(path)
        const stored = Option.isSome(entry) ? fromEntry(path, about, entry) : undefined
        const isOurs = Option.isSome(entry) && source?.integrity.isGenuine(entry.value) !== false
        if (isOurs && stored && stored.decodeError === undefined && stored.position > upTo) return
        yield* bucket.put(path, encodeRow(row), revisionOf(entry), writer())
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
    { isSkipped, upTo, beforePosition = Infinity }: FoldOptions
  ) {
    const rows = new Map<string, BufferedRow>()
    const stoppedStreams = new Set<string>()
    const add = (entry: ReplayEntry) => {
      if (
        isUndecodable(entry) ||
        entry.position >= beforePosition ||
        isSkipped(entry.position) ||
        stoppedStreams.has(entry.streamId)
      )
        return
      const path = tryPathOf(entry.event)
      if (path === undefined || !paths.has(path)) return
      const row = rows.get(path) ?? newRow(path, entry.event)
      try {
        sizeChecked.fold(row, entry)
        rows.set(path, row)
      } catch {
        // It is set aside when it is handed over; what comes after it in its place waits for it.
        stoppedStreams.add(entry.streamId)
      }
    }
    yield* log.replay(types, 0, upTo, (page) => Effect.sync(() => page.forEach(add)))
    return rows as ReadonlyMap<string, BufferedRow>
  })

  /**
   * Puts what rows amount to in the place of what this view did not write, and removes those that no fact makes. Answers
   * with those that need not be looked at again.
   */
  const restore = Effect.fnUntraced(function* (paths: ReadonlySet<string>, rows: ReadonlyMap<string, BufferedRow>) {
    return yield* Effect.filter(
      paths,
      (path) =>
        Effect.gen(function* () {
          const entry = yield* bucket.get(path)
          if (Option.isSome(entry) && entry.value.writer === writer()) return true
          const row = rows.get(path)
          if (row) yield* bucket.put(path, encodeRow(row), revisionOf(entry), writer())
          else if (Option.isSome(entry)) yield* bucket.remove(path)
          return true
        }).pipe(
          Effect.tapErrorTag("ValueTooLarge", () => Effect.sync(() => sizeChecked.measure(path))),
          Effect.catchTag(["RevisionChanged", "ValueTooLarge"], () => Effect.succeed(false))
        ),
      { concurrency: 64 }
    )
  })

  return { applyEntries, replay, refold, foldRows, restore, decode }
}

export interface FoldOptions {
  readonly isSkipped: (position: number) => boolean
  readonly upTo: number
  readonly beforePosition?: number
}
