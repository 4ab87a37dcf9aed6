import { Context, Data, Effect, Layer, Scope } from "effect"
import type { Board } from "#domain/model/index.ts"
import { totalsBucket } from "#layers/buckets/bucketNames.ts"
import * as Rejections from "#layers/monitoring/feed/RejectionTracker.ts"
import { Scans } from "#layers/monitoring/scans/Scans.ts"
import { maintainBucket } from "#layers/processors/maintainBucket.ts"
import { supervise } from "#layers/processors/supervise.ts"
import type { LogUnavailable } from "#layers/services/EventLog.ts"
import { KeyValue, type StoreUnavailable } from "#layers/services/KeyValue.ts"
import type { LogMessage } from "#layers/services/LogReader.ts"
import type { ReportCountProgress } from "./countSnapshots.ts"
import { emptyCounts, type EventCounts } from "./EventCounts.ts"
import type { LinkIndex } from "./linkIndex.ts"
import { logFollower } from "./logFollower.ts"

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

const logTailLayer = (board: Board.Any) =>
  Layer.effect(
    LogTail,
    Effect.gen(function* () {
      const scope = yield* Effect.scope
      const bucket = (yield* KeyValue).bucket(totalsBucket)
      const { firstCount, follow, opened, progress, waitPast } = yield* logFollower(board, bucket)
      let isStarted = false

      const buildIndex = firstCount.pipe(
        Effect.andThen(Effect.suspend(() => opened()!.links.loadUpTo(opened()!.counter.position))),
        Effect.andThen(Effect.never)
      )

      const restoreNewest = () => {
        const log = opened()
        return log ? log.snapshots.saveNewest(log.counter.snapshot()) : Effect.void
      }

      const start = Effect.suspend(() => {
        if (isStarted) return Effect.void
        isStarted = true
        return Effect.andThen(
          Effect.andThen(supervise("the log tail", follow), supervise("the link index", buildIndex)),
          maintainBucket(bucket, totalsBucket, {
            isIncomplete: () => Effect.map(opened()?.snapshots.isNewestSaved ?? Effect.succeed(true), (is) => !is),
            restore: restoreNewest
          })
        ).pipe(Effect.provideService(Scope.Scope, scope))
      })

      /** The log, once it is counted. */
      const counted = start.pipe(
        Effect.andThen(firstCount),
        Effect.timeoutOrElse({
          duration: firstCountTimeout,
          orElse: () => Effect.suspend(() => Effect.fail(new StillCounting(progress())))
        }),
        Effect.map(() => opened()!)
      )

      return {
        counts: Effect.map(counted, ({ counter }) => counter.snapshot()),
        links: Effect.map(counted, ({ links }) => links),
        countsAt: (position, report) => Effect.flatMap(counted, ({ snapshots }) => snapshots.at(position, report)),
        since: (position) => {
          const log = opened()
          return { messages: log?.recentMessages.since(position), counts: log?.counter.snapshot() ?? emptyCounts }
        },
        waitPast
      }
    })
  )

/** The services of monitoring: the log tail, the rejection tracker, and the limits for expensive reads. */
export const layer = (board: Board.Any) => Layer.mergeAll(logTailLayer(board), Rejections.layer(board), Scans.layer)
