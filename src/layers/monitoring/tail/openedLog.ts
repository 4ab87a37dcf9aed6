import { Effect } from "effect"
import type { SubjectKind } from "#layers/codec/subjectClassifier.ts"
import { forEachLogPage } from "#layers/monitoring/scans/logPages.ts"
import type { Bucket } from "#layers/services/KeyValue.ts"
import { type LogMessage, type LogReader, pageSize } from "#layers/services/LogReader.ts"
import { type CountSnapshots, countSnapshots, snapshotInterval } from "./countSnapshots.ts"
import { EventCounter } from "./EventCounts.ts"
import { type LinkIndex, linkIndex } from "./linkIndex.ts"
import { RecentMessages } from "./RecentMessages.ts"

/** A log, by its identity, that this process has read up to the position of the counter. */
export interface OpenedLog {
  readonly log: string
  readonly counter: EventCounter
  readonly recentMessages: RecentMessages
  readonly snapshots: CountSnapshots
  readonly links: LinkIndex
}

/** Continues where the newest snapshot of the counts ends, in a log that ends at a position. */
export const openLog = Effect.fnUntraced(function* (
  bucket: Bucket,
  reader: LogReader["Service"],
  classify: (subject: string) => SubjectKind,
  log: string,
  end: number
) {
  const snapshots = countSnapshots(bucket, reader, classify, log)
  const counter = new EventCounter(yield* snapshots.last(end))
  const { position } = counter
  const recentMessages = new RecentMessages()
  recentMessages.add(yield* reader.readPage(Math.max(0, position - pageSize), position))
  const links = linkIndex(bucket, reader, log)
  // Counts may start within a range of the index; its filters need the range from its beginning.
  const rangeStart = position - (position % snapshotInterval)
  const addToLinks = (page: ReadonlyArray<LogMessage>) => Effect.sync(() => void links.add(page))
  yield* forEachLogPage(reader, rangeStart, position, addToLinks, pageSize)
  const opened: OpenedLog = { log, counter, recentMessages, snapshots, links }
  return opened
})

/** Takes in the next messages of the log. `publish` runs once they can be read, before anything is stored. */
export const addMessages = (
  { counter, links, recentMessages, snapshots }: OpenedLog,
  messages: ReadonlyArray<LogMessage>,
  publish: Effect.Effect<void>
): Effect.Effect<void> =>
  Effect.gen(function* () {
    const dueSnapshots = snapshots.add(counter, messages)
    const fullStretches = links.add(messages)
    recentMessages.add(messages)
    yield* publish
    yield* Effect.forEach(dueSnapshots, snapshots.save, { discard: true })
    yield* Effect.forEach(fullStretches, links.save, { discard: true }).pipe(
      // The stored index only saves work: missing filters are rebuilt.
      Effect.catchTag("StoreUnavailable", ({ message }) => Effect.logDebug(`The link index was not stored: ${message}`))
    )
  })
