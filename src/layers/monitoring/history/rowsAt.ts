import { Data, Effect, Result, Schema } from "effect"
import { Key, KeyToken, type Slice } from "#domain/model/index.ts"
import type { Progress, Rows } from "#layers/contract/operationsSchema.ts"
import { yieldToEventLoop, forEachInSlices } from "#layers/monitoring/scans/yieldToEventLoop.ts"
import type { StillCounting, LogTail } from "#layers/monitoring/tail/LogTail.ts"
import { viewSubscription } from "#layers/services/boardSubscriptions.ts"
import {
  isUndecodable,
  type LogUnavailable,
  type EventEnvelope,
  type UndecodableEvent
} from "#layers/services/EventLog.ts"
import type { StoreUnavailable } from "#layers/services/KeyValue.ts"
import type { LogReader } from "#layers/services/LogReader.ts"
import { keyFilter } from "#layers/views/keyFilter.ts"
import { rowSchema } from "#layers/views/row.ts"
import { type BufferedRow, makeRowFolder } from "#layers/views/rowFolder.ts"
import type { ViewHealth } from "#layers/views/ViewHealth.ts"
import { isAfterRow, type RowQuery, nextPageToken, withDeadLetters } from "./rowsNow.ts"

/** The most events that rows as of a position are folded from, and the most rows. */
export const maxReplayedEvents = 1_000_000
export const maxReplayedRows = 50_000

/** Rows as of a position cannot be computed: there are too many events or rows. */
export class ReplayLimitExceeded extends Data.TaggedError("ReplayLimitExceeded")<{
  readonly what: "facts" | "rows"
  readonly max: number
}> {
  override get message() {
    return `A read model as of a position is folded from at most ${maxReplayedEvents} events into at most ${maxReplayedRows} rows. Ask for fewer rows, or for an earlier position.`
  }
}

type RowsAtFailure = StillCounting | LogUnavailable | StoreUnavailable | UndecodableEvent | ReplayLimitExceeded

interface FoldedRow extends BufferedRow {
  /** The values of its key. */
  readonly texts: ReadonlyArray<string>
}

/** The rows of a view as of a position that the log has reached, folded from the log. */
export const rowsAt = (
  view: Slice.View<any, any>,
  logTail: LogTail["Service"],
  reader: LogReader["Service"],
  health: ViewHealth["Service"] | undefined
) => {
  const { types } = viewSubscription(view)
  const encode = Schema.encodeUnknownSync(Schema.toCodecJson(rowSchema(view)), { disableChecks: true }) as (
    row: unknown
  ) => Rows["rows"][number]
  const { fold, newRow, stamped } = makeRowFolder(view)
  /** An event whose values are no key of a row is a dead letter, and missing in the current rows too. */
  const textsOf = (event: EventEnvelope["event"]) =>
    Result.getOrUndefined(Result.try(() => Key.texts(view.key as Key.Key, event as never)))

  return (
    at: number,
    { afterRow, conditions, limit }: RowQuery,
    report: (progress: Progress) => Effect.Effect<void>
  ): Effect.Effect<Omit<Rows, "log">, RowsAtFailure> =>
    Effect.gen(function* () {
      const selection = keyFilter(view, conditions)
      const { compare } = selection
      const isAfterPage = isAfterRow(selection, afterRow)
      const fits = (texts: ReadonlyArray<string | undefined>) => selection.fits(texts) && isAfterPage(texts)
      const { byType } = yield* logTail.countsAt(at)
      const total = types.reduce((sum, type) => sum + (byType.get(type)?.count ?? 0), 0)
      const upTo = Math.max(0, ...types.map((type) => byType.get(type)?.position ?? 0))
      if (total > maxReplayedEvents) return yield* new ReplayLimitExceeded({ what: "facts", max: maxReplayedEvents })
      const rows = new Map<string, FoldedRow>()
      /** Event streams with an event that cannot be folded: the current rows lack it and those after it in its stream too. */
      const blockedStreams = new Set<string>()
      const dismissed = health?.dismissedPositions(view)
      let done = 0

      const foldPage = Effect.fnUntraced(function* (page: ReadonlyArray<EventEnvelope | UndecodableEvent>) {
        done += page.length
        const changed = new Set<FoldedRow>()
        for (const envelope of page) {
          // An undecodable event is a dead letter, and missing in the current rows too.
          if (isUndecodable(envelope) || dismissed?.has(envelope.position) || blockedStreams.has(envelope.streamId))
            continue
          const { event } = envelope
          const texts = textsOf(event)
          if (!texts || !fits(texts)) continue
          const path = Key.toBucketKey(texts.map(KeyToken.encode))
          const existing = rows.get(path)
          const row = existing ?? { ...newRow(path, event), texts }
          try {
            fold(row, envelope)
          } catch {
            blockedStreams.add(envelope.streamId)
            continue
          }
          if (!existing) rows.set(path, row)
          changed.add(row)
        }
        // Copies the stamp: a reference to the event would keep its whole page in memory.
        for (const row of changed) {
          const { actor, position, time } = row.pendingEvent!
          row.pendingEvent = { actor, position, time }
        }
        if (rows.size > maxReplayedRows) return yield* new ReplayLimitExceeded({ what: "rows", max: maxReplayedRows })
        yield* report({ done, of: total })
        yield* yieldToEventLoop
      })

      yield* reader.replay(types, 0, upTo, foldPage)
      const all = [...rows.values()].sort((a, b) => compare(a.texts, b.texts))
      const encoded: Array<Rows["rows"][number]> = []
      const paths = new Set<string>()
      const page = all.slice(0, limit)
      yield* forEachInSlices(page, (row) => {
        paths.add(row.path)
        encoded.push(encode(stamped(row)))
      })
      const deadLetters = health ? yield* health.deadLetters(view) : undefined
      const next = nextPageToken(page, all.length <= limit)
      const answer = { view: view.shows.name, position: at, rows: encoded, more: all.length > limit, next }
      return withDeadLetters(answer, deadLetters, { paths, fits, upTo: at, limit: limit })
    })
}
