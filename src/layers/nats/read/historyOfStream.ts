import { Effect } from "effect"
import {
  isUndecodable,
  LogUnavailable,
  type StreamHistory,
  type StreamRead,
  type LogEntry,
  type UndecodableEvent
} from "#layers/services/EventLog.ts"
import type { RecordedEvent } from "#layers/services/RecordedEvent.ts"

/** Maximum messages requested in one direct get. */
export const maxDirectGetMessages = 1000

const isAfter =
  (after: StreamRead["after"]) =>
  ({ position }: RecordedEvent) =>
    typeof after !== "number" || position > after

const byPosition = (a: LogEntry, b: LogEntry) => a.position - b.position

/** The number of events in an event stream, which is the revision of its newest event; 0 if there is none. */
const newestRevision = (events: ReadonlyArray<RecordedEvent>): number => {
  let newest: RecordedEvent | undefined
  for (const event of events) if (!newest || event.position > newest.position) newest = event
  return newest?.streamRevision ?? 0
}

/** Sends direct gets to the log, all at once. */
type Get = (queries: ReadonlyArray<object>) => Effect.Effect<ReadonlyArray<ReadonlyArray<LogEntry>>, LogUnavailable>

/** Reads all events of an event stream, from the newest message of each of its subjects. */
export const makeHistoryReader = (
  get: Get,
  isVoid: (undecodable: UndecodableEvent) => Effect.Effect<boolean, LogUnavailable>
) => {
  /**
   * A decision needs all events of a stream, so an undecodable message fails it, unless an operator has voided that.
   */
  const withoutVoided = (
    all: ReadonlyArray<LogEntry>
  ): Effect.Effect<ReadonlyArray<RecordedEvent>, UndecodableEvent | LogUnavailable> =>
    all.some(isUndecodable)
      ? (Effect.filter(all, (read) =>
          isUndecodable(read)
            ? Effect.flatMap(isVoid(read), (voided) => (voided ? Effect.succeed(false) : Effect.fail(read)))
            : Effect.succeed(true)
        ) as Effect.Effect<ReadonlyArray<RecordedEvent>, UndecodableEvent | LogUnavailable>)
      : Effect.succeed(all as ReadonlyArray<RecordedEvent>)

  /** All events on a subject from a position up to another. The server finds an exact subject without a scan. */
  const readSubject = Effect.fnUntraced(function* (subject: string, from: number, upTo: number) {
    const events: Array<LogEntry> = []
    for (let seq = from; seq <= upTo;) {
      const [found = []] = yield* get([{ next_by_subj: subject, seq, batch: maxDirectGetMessages }])
      events.push(...found.filter(({ position }) => position <= upTo))
      if (found.length < maxDirectGetMessages) break
      seq = found.at(-1)!.position + 1
    }
    return events
  })

  const readSubjects = (subjects: ReadonlyArray<string>, from: number, upTo: number) =>
    Effect.forEach(subjects, (subject) => readSubject(subject, from, upTo), { concurrency: "unbounded" }).pipe(
      Effect.map((found) => found.flat().sort(byPosition))
    )

  /** Each part may come from a different replica: a replica without the known newest message of a subject is behind. */
  const readPerSubject = Effect.fnUntraced(function* (latest: ReadonlyArray<LogEntry>, from: number, upTo: number) {
    const found = yield* readSubjects(
      latest.map(({ subject }) => subject),
      from,
      upTo
    )
    const positions = new Set(found.map(({ position }) => position))
    return latest.every(({ position }) => positions.has(position))
      ? found
      : yield* new LogUnavailable({ reason: "the replica that answers is behind" })
  })

  /**
   * The newest event of each type is the whole stream, unless a type occurred more than once, which the revision shows.
   * A voided message may hide an event on its subject; its position still counts as the newest of the stream, which the
   * guard expects. Of a part of the stream, a voided message is read around too: the whole stream is read then.
   */
  const readHistory = Effect.fnUntraced(function* (
    latest: ReadonlyArray<LogEntry>,
    after: StreamRead["after"] = 0
  ): Effect.fn.Return<StreamHistory, LogUnavailable | UndecodableEvent> {
    const position = latest.reduce((highest, each) => Math.max(highest, each.position), 0)
    const known = yield* withoutVoided(latest)
    const hasVoided = known.length < latest.length
    const count = newestRevision(known)
    const isWhole = !hasVoided && (known.length === count || after === "newest")
    if (isWhole) return { events: known.filter(isAfter(after)).toSorted(byPosition), position, count }
    const from = hasVoided || after === "newest" ? 0 : after
    const changed = latest.filter((each) => each.position > from)
    const events = yield* Effect.flatMap(readPerSubject(changed, from + 1, position), withoutVoided)
    const sorted = events.toSorted(byPosition)
    return { events: sorted.filter(isAfter(after)), position, count: hasVoided ? newestRevision(sorted) : count }
  })

  return readHistory
}
