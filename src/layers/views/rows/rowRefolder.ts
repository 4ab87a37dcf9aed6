import { Effect, Option, Predicate } from "effect"
import { failureReason } from "#layers/processors/failureReason.ts"
import { type EventEnvelope, type EventLog, isUndecodable } from "#layers/services/EventLog.ts"
import { type Bucket, revisionOf } from "#layers/services/KeyValue.ts"
import type { ReplayEntry } from "#layers/views/deadLetterCollector.ts"
import type { BufferedRow, RowFolder } from "./rowFolder.ts"
import type { RowIntegrity } from "./RowIntegrity.ts"

export interface FoldOptions {
  readonly isSkipped: (position: number) => boolean
  readonly upTo: number
  readonly beforePosition?: number
}

export interface RefoldDependencies {
  readonly bucket: Bucket
  readonly log: EventLog["Service"]
  /** The event types of the view. */
  readonly types: ReadonlyArray<string>
}

/** Puts folded rows in place of the stored ones. */
const rowReplacer = (
  bucket: Bucket,
  { encodeRow, fromEntry, measure }: RowFolder,
  integrity: RowIntegrity | undefined
) => {
  const writer = () => integrity?.generation

  /** Writes a folded row, unless the stored one is this view's and has newer events than those up to `upTo`. */
  const replace = (row: BufferedRow, about: unknown, upTo: number) =>
    Effect.retry(
      Effect.gen(function* () {
        const entry = yield* bucket.get(row.path)
        const stored = Option.isSome(entry) ? fromEntry(row.path, about, entry) : undefined
        const isOurs = Option.isSome(entry) && integrity?.isGenuine(entry.value) !== false
        if (isOurs && stored && stored.decodeError === undefined && stored.position > upTo) return
        yield* bucket.put(row.path, encodeRow(row), revisionOf(entry), writer())
      }),
      { while: Predicate.isTagged("RevisionChanged") }
    )

  /** Whether the row in the bucket is settled now: this view's own, the folded one, or removed since it has no events. */
  const settle = (path: string, row: BufferedRow | undefined) =>
    Effect.gen(function* () {
      const entry = yield* bucket.get(path)
      if (Option.isSome(entry) && entry.value.writer === writer()) return true
      if (row) yield* bucket.put(path, encodeRow(row), revisionOf(entry), writer())
      else if (Option.isSome(entry)) yield* bucket.remove(path)
      return true
    }).pipe(
      Effect.tapErrorTag("ValueTooLarge", () => Effect.sync(() => measure(path))),
      Effect.catchTag(["RevisionChanged", "ValueTooLarge"], () => Effect.succeed(false))
    )

  return { replace, settle }
}

/** Folds single rows of a view from the log again: after a dead letter, and after another client changed rows. */
export const makeRowRefolder = (
  { bucket, log, types }: RefoldDependencies,
  rowFolder: RowFolder,
  integrity: RowIntegrity | undefined
) => {
  const { changesOf, fold, newRow, tryChangesOf } = rowFolder
  const { replace, settle } = rowReplacer(bucket, rowFolder, integrity)

  /**
   * Folds the rows of an event again from their first event, without the events that `isSkipped`: a dead letter may succeed now.
   */
  const refold = Effect.fnUntraced(function* (event: EventEnvelope, { isSkipped, upTo }: FoldOptions) {
    const changes = yield* Effect.try({ try: () => changesOf(event), catch: failureReason })
    const rows = new Map(changes.map(({ events: [about], path }) => [path, newRow(path, about)]))
    const add = (entry: ReplayEntry) => {
      if (isUndecodable(entry) || isSkipped(entry.position)) return
      for (const { events, path } of tryChangesOf(entry) ?? []) {
        const row = rows.get(path)
        if (row) fold(row, entry, events)
      }
    }
    yield* log.replay(types, 0, upTo, (page) => Effect.try({ try: () => page.forEach(add), catch: failureReason }))
    yield* Effect.forEach(rows.values(), (row) => replace(row, row.about, upTo), { discard: true })
  })

  /**
   * Folds rows from the log: events up to `upTo`, which is the position of an event of these types, before `beforePosition`,
   * and without those that `isSkipped`. Rows without events are not in the answer.
   */
  const foldRows = Effect.fnUntraced(function* (
    paths: ReadonlySet<string>,
    { isSkipped, upTo, beforePosition = Infinity }: FoldOptions
  ) {
    const rows = new Map<string, BufferedRow>()
    const stoppedStreams = new Set<string>()
    const add = (entry: ReplayEntry) => {
      const { position, streamId } = entry
      if (isUndecodable(entry) || position >= beforePosition || isSkipped(position) || stoppedStreams.has(streamId))
        return
      for (const { events, path } of tryChangesOf(entry) ?? []) {
        if (!paths.has(path)) continue
        const row = rows.get(path) ?? newRow(path, events[0])
        try {
          fold(row, entry, events)
          rows.set(path, row)
        } catch {
          // It becomes a dead letter when it is delivered; later events of its stream are blocked by it.
          stoppedStreams.add(streamId)
        }
      }
    }
    yield* log.replay(types, 0, upTo, (page) => Effect.sync(() => page.forEach(add)))
    return rows as ReadonlyMap<string, BufferedRow>
  })

  /**
   * Replaces rows that this view did not write with the folded ones, and removes rows without events. Answers with the rows
   * that are settled.
   */
  const restore = (paths: ReadonlySet<string>, rows: ReadonlyMap<string, BufferedRow>) =>
    Effect.filter(paths, (path) => settle(path, rows.get(path)), { concurrency: 64 })

  return { refold, foldRows, restore }
}
