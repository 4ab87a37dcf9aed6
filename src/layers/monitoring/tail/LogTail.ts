import { Context, Data, Deferred, Effect, Layer, Scope, Stream, SubscriptionRef } from "effect"
import type { Board } from "#domain/model/index.ts"
import { subjectClassifier } from "#layers/codec/subjectClassifier.ts"
import * as Rejections from "#layers/monitoring/feed/RejectionTracker.ts"
import { ScanBudget } from "#layers/monitoring/scans/ScanBudget.ts"
import { Scans } from "#layers/monitoring/scans/Scans.ts"
import { maintainBucket } from "#layers/processors/maintainBucket.ts"
import { supervise } from "#layers/processors/supervise.ts"
import { totalsBucket } from "#layers/services/bucketNames.ts"
import { EventLog, type LogUnavailable } from "#layers/services/EventLog.ts"
import { KeyValue, type StoreUnavailable } from "#layers/services/KeyValue.ts"
import { type LogMessage, LogReader, pageSize } from "#layers/services/LogReader.ts"
import { awaitPosition } from "#layers/timing/awaitPosition.ts"
import { type CountSnapshots, countSnapshots, type ReportCountProgress, snapshotInterval } from "./countSnapshots.ts"
import { type EventCounts, EventCounter } from "./EventCounts.ts"
import { type LinkIndex, linkIndex, maxStretches } from "./linkIndex.ts"
import { RecentMessages } from "./RecentMessages.ts"

/** The first count of the log is not complete yet. */
export class StillCounting extends Data.TaggedError("StillCounting")<{ readonly done: number; readonly of: number }> {
  override get message() {
    return `The log is being counted: ${this.done} of ${this.of} messages. Try again in a moment.`
  }
}

/**
 * Follows the log for all monitoring of this process, with one reader that starts at the first request. It counts events by
 * type, and keeps the newest messages in memory.
 */
export class LogTail extends Context.Service<
  LogTail,
  {
    /** The current counts, up to their position. Waits up to 10 s for the first count. */
    readonly counts: Effect.Effect<EventCounts, StillCounting>
    /** The counts at a position that the log has reached. `report` receives the progress of reading. */
    countsAt(
      position: number,
      report?: ReportCountProgress
    ): Effect.Effect<EventCounts, StillCounting | LogUnavailable | StoreUnavailable>
    /** Tells which pages of the log may contain an event or a correlation. */
    readonly links: Effect.Effect<LinkIndex, StillCounting>
    /** The messages after a position, undefined if some of them are no longer in memory, and the counts with them. */
    since(position: number): { readonly messages: ReadonlyArray<LogMessage> | undefined; readonly counts: EventCounts }
    /** Waits for a message after a position. */
    waitPast(position: number): Effect.Effect<void>
  }
>()("layers/monitoring/LogTail") {}

const firstCountTimeout = "10 seconds"

/** Between two ranges of the log that are indexed in the background. */
const indexingPause = "20 millis"

const logTailLayer = (board: Board.Any) =>
  Layer.effect(
    LogTail,
    Effect.gen(function* () {
      const reader = yield* LogReader
      const log = yield* EventLog
      const bucket = (yield* KeyValue).bucket(totalsBucket)
      const scope = yield* Effect.scope
      const classify = subjectClassifier(board)
      const position = yield* SubscriptionRef.make(0)
      const firstCount = yield* Deferred.make<void>()
      const recentMessages = new RecentMessages()
      let counter = new EventCounter()
      let target = 0
      let opened: { readonly log: string; readonly snapshots: CountSnapshots; readonly links: LinkIndex } | undefined
      let isStarted = false

      let cachedCounts: { readonly counter: EventCounter; readonly counts: EventCounts } | undefined
      /** Cached, because many callers need it between two batches. */
      const currentCounts = (): EventCounts => {
        if (cachedCounts?.counter !== counter || cachedCounts.counts.position !== counter.position) {
          cachedCounts = { counter, counts: counter.snapshot() }
        }
        return cachedCounts.counts
      }

      const publishPosition = Effect.suspend(() =>
        Effect.andThen(
          SubscriptionRef.set(position, counter.position),
          counter.position >= target ? Deferred.succeed(firstCount, undefined) : Effect.void
        )
      )

      /** Starts over if the log is another one of the same name, where positions have another meaning. */
      const open = Effect.gen(function* () {
        const identity = yield* log.identity
        if (opened?.log === identity) return opened
        const snapshots = countSnapshots(bucket, reader, classify, identity)
        target = yield* log.lastPosition()
        counter = new EventCounter(yield* snapshots.last(target))
        recentMessages.clear()
        recentMessages.add(yield* reader.readPage(Math.max(0, counter.position - pageSize), counter.position))
        const links = linkIndex(bucket, reader, identity)
        // Counts may start within a range of the index; its filters need the range from its beginning.
        for (let after = counter.position - (counter.position % snapshotInterval); after < counter.position;) {
          const page: ReadonlyArray<LogMessage> = yield* reader.readPage(after, counter.position)
          if (page.length === 0) break
          links.add(page)
          after = page.at(-1)!.position
        }
        opened = { log: identity, snapshots, links }
        yield* publishPosition
        return opened
      })

      const run = Effect.flatMap(open, ({ links, snapshots }) =>
        reader.follow(counter.position).pipe(
          Stream.runForEach((batch) =>
            Effect.gen(function* () {
              const due = snapshots.add(counter, batch)
              const full = links.add(batch)
              recentMessages.add(batch)
              yield* publishPosition
              yield* Effect.forEach(due, snapshots.save, { discard: true })
              yield* Effect.forEach(full, (last) => links.save(last), { discard: true }).pipe(
                // The stored index saves work only: what is missing is rebuilt.
                Effect.catchTag("StoreUnavailable", ({ message }) =>
                  Effect.logDebug(`The link index was not stored: ${message}`)
                )
              )
            })
          ),
          Effect.andThen(Effect.never)
        )
      )

      /** Loads the index of older events, newest first, and rebuilds missing parts, once and slowly. */
      const buildIndex = Effect.gen(function* () {
        yield* Deferred.await(firstCount)
        const { links } = opened!
        let end = counter.position - (counter.position % snapshotInterval)
        for (let n = 0; end > 0 && n < maxStretches; n++, end -= snapshotInterval) {
          yield* links.filtersOf(end, new ScanBudget(Number.POSITIVE_INFINITY))
          yield* Effect.sleep(indexingPause)
        }
        return yield* Effect.never
      })

      const start = Effect.suspend(() => {
        if (isStarted) return Effect.void
        isStarted = true
        const restore = Effect.suspend(() => opened?.snapshots.saveNewest(counter.snapshot()) ?? Effect.void)
        return Effect.andThen(
          Effect.andThen(supervise("the log tail", run), supervise("the link index", buildIndex)),
          maintainBucket(bucket, totalsBucket, {
            isIncomplete: () => Effect.map(opened?.snapshots.isNewestSaved ?? Effect.succeed(true), (is) => !is),
            restore: () => restore
          })
        ).pipe(Effect.provideService(Scope.Scope, scope))
      })

      const counts = start.pipe(
        Effect.andThen(Deferred.await(firstCount)),
        Effect.timeoutOrElse({
          duration: firstCountTimeout,
          orElse: () => Effect.suspend(() => Effect.fail(new StillCounting({ done: counter.position, of: target })))
        }),
        Effect.map(currentCounts)
      )

      return {
        counts,
        links: Effect.map(counts, () => opened!.links),
        countsAt: (position, report) => Effect.flatMap(counts, () => opened!.snapshots.at(position, report)),
        since: (position) => ({ messages: recentMessages.since(position), counts: currentCounts() }),
        waitPast: (after) => awaitPosition(position, after + 1)
      }
    })
  )

/** The services of monitoring: the log tail, the rejection tracker, and the limits for expensive reads. */
export const layer = (board: Board.Any) => Layer.mergeAll(logTailLayer(board), Rejections.layer(board), Scans.layer)
