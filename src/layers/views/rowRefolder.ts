import { Effect, Option, Predicate, Result } from "effect"
import { failureReason } from "#layers/processors/failureReason.ts"
import { type EventLog, isUndecodable } from "#layers/services/EventLog.ts"
import { type Bucket, revisionOf } from "#layers/services/KeyValue.ts"
import type { ReplayEntry } from "./deadLetterCollector.ts"
import type { BufferedRow, makeRowFolder } from "./rowFolder.ts"
import type { RowIntegrity } from "./RowIntegrity.ts"
import type { SizeCheckedRows } from "./sizeCheckedRows.ts"

export interface FoldOptions {
  readonly isSkipped: (position: number) => boolean
  readonly upTo: number
  readonly beforePosition?: number
}

/** Folds single rows of a view from the log again: after a dead letter, and after another client changed rows. */
export const makeRowRefolder = (
  bucket: Bucket,
  rowFolder: ReturnType<typeof makeRowFolder>,
  sizeChecked: SizeCheckedRows,
  integrity: RowIntegrity | undefined
) => {
  const { fold, fromEntry, pathOf, newRow, encodeRow } = rowFolder
  const writer = () => integrity?.generation

  /** `undefined` if the values of an event are no key of a row. */
  const tryPathOf = (event: unknown) => Result.getOrUndefined(Result.try(() => pathOf(event)))

  /** Folds one row again from its first event, without the events that `isSkipped`: a dead letter may succeed now. */
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
        const isOurs = Option.isSome(entry) && integrity?.isGenuine(entry.value) !== false
        if (isOurs && stored && stored.decodeError === undefined && stored.position > upTo) return
        yield* bucket.put(path, encodeRow(row), revisionOf(entry), writer())
      }),
      { while: Predicate.isTagged("RevisionChanged") }
    )
  })

  /**
   * Folds rows from the log: events up to `upTo`, which is the position of an event of these types, before `beforePosition`,
   * and without those that `isSkipped`. Rows without events are not in the answer.
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
        // It becomes a dead letter when it is delivered; later events of its stream are blocked by it.
        stoppedStreams.add(entry.streamId)
      }
    }
    yield* log.replay(types, 0, upTo, (page) => Effect.sync(() => page.forEach(add)))
    return rows as ReadonlyMap<string, BufferedRow>
  })

  /**
   * Replaces rows that this view did not write with the folded ones, and removes rows without events. Answers with the rows
   * that are settled.
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

  return { refold, foldRows, restore }
}
