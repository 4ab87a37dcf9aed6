import { Context, Data, Deferred, Effect, Layer, Scope, Stream, SubscriptionRef } from "effect"
import type { Board } from "#domain/model/index.ts"
import { classifier } from "#layers/codec/subjectClassifier.ts"
import * as Rejections from "#layers/monitoring/feed/Rejections.ts"
import { ScanBudget } from "#layers/monitoring/scans/ScanBudget.ts"
import { Scans } from "#layers/monitoring/scans/Scans.ts"
import { keepBucket } from "#layers/processors/maintainBucket.ts"
import { supervise } from "#layers/processors/supervise.ts"
import { totalsBucket } from "#layers/services/buckets.ts"
import { EventLog, type LogUnavailable } from "#layers/services/EventLog.ts"
import { KeyValue, type StoreUnavailable } from "#layers/services/KeyValue.ts"
import { type Logged, LogReader, pageSize } from "#layers/services/LogReader.ts"
import { comesTo } from "#layers/timing/awaitPosition.ts"
import { type Checkpoints, checkpoints, type Report, stride } from "./countSnapshots.ts"
import { type Standing, Tallies } from "./EventCounts.ts"
import { type LinkIndex, linkIndex, maxStretches } from "./linkIndex.ts"
import { Held } from "./RecentMessages.ts"

/** What stands in the log is being counted for the first time, and that is not done yet. */
export class StillCounting extends Data.TaggedError("StillCounting")<{ readonly done: number; readonly of: number }> {
  override get message() {
    return `The log is being counted: ${this.done} of ${this.of} messages. Try again in a moment.`
  }
}

/**
 * Looks on for all who do: one reader of the log in this process, from when somebody first looks. It counts, and holds
 * the newest messages.
 */
export class Watch extends Context.Service<
  Watch,
  {
    /** How the log stands now: counts everything up to its position. Waits a while for the first count. */
    readonly standing: Effect.Effect<Standing, StillCounting>
    /** How it stood at a position that it has reached. `report` hears how much of what has to be read for that is read. */
    at(position: number, report?: Report): Effect.Effect<Standing, StillCounting | LogUnavailable | StoreUnavailable>
    /** Which pages of the log an event or a correlation may stand in. */
    readonly links: Effect.Effect<LinkIndex, StillCounting>
    /** What is held behind a position, and how the log stands with it; no messages where some are not held any more. */
    behind(position: number): { readonly messages: ReadonlyArray<Logged> | undefined; readonly standing: Standing }
    /** Waits until something stands behind a position. */
    beyond(position: number): Effect.Effect<void>
  }
>()("layers/watch/Watch") {}

const patience = "10 seconds"

/** Between two stretches of the log that are indexed later than they were read. */
const indexingPause = "20 millis"

const watching = (board: Board.Any) =>
  Layer.effect(
    Watch,
    Effect.gen(function* () {
      const reader = yield* LogReader
      const log = yield* EventLog
      const bucket = (yield* KeyValue).bucket(totalsBucket)
      const scope = yield* Effect.scope
      const classify = classifier(board)
      const position = yield* SubscriptionRef.make(0)
      const counted = yield* Deferred.make<void>()
      const held = new Held()
      let tallies = new Tallies()
      let of = 0
      let known: { readonly log: string; readonly points: Checkpoints; readonly links: LinkIndex } | undefined
      let begun = false

      let lastStanding: { readonly of: Tallies; readonly standing: Standing } | undefined
      /** Many ask for it between two batches. */
      const standingNow = (): Standing => {
        if (lastStanding?.of !== tallies || lastStanding.standing.position !== tallies.position) {
          lastStanding = { of: tallies, standing: tallies.standing() }
        }
        return lastStanding.standing
      }

      const reached = Effect.suspend(() =>
        Effect.andThen(
          SubscriptionRef.set(position, tallies.position),
          tallies.position >= of ? Deferred.succeed(counted, undefined) : Effect.void
        )
      )

      /** Positions of another log of the same name mean something else: then all begins again. */
      const prepare = Effect.gen(function* () {
        const is = yield* log.identity
        if (known?.log === is) return known
        const points = checkpoints(bucket, reader, classify, is)
        of = yield* log.newest()
        tallies = new Tallies(yield* points.last(of))
        held.clear()
        held.add(yield* reader.page(Math.max(0, tallies.position - pageSize), tallies.position))
        const links = linkIndex(bucket, reader, is)
        // Counts may begin within a stretch; its links begin where it does.
        for (let after = tallies.position - (tallies.position % stride); after < tallies.position;) {
          const page: ReadonlyArray<Logged> = yield* reader.page(after, tallies.position)
          if (page.length === 0) break
          links.add(page)
          after = page.at(-1)!.position
        }
        known = { log: is, points, links }
        yield* reached
        return known
      })

      const run = Effect.flatMap(prepare, ({ links, points }) =>
        reader.follow(tallies.position).pipe(
          Stream.runForEach((batch) =>
            Effect.gen(function* () {
              const due = points.add(tallies, batch)
              const full = links.add(batch)
              held.add(batch)
              yield* reached
              yield* Effect.forEach(due, points.keep, { discard: true })
              yield* Effect.forEach(full, (last) => links.keep(last), { discard: true }).pipe(
                // They are a convenience: what is not kept is found out again.
                Effect.catchTag("StoreUnavailable", ({ message }) => Effect.logDebug(`Links were not kept: ${message}`))
              )
            })
          ),
          Effect.andThen(Effect.never)
        )
      )

      /** Fetches what is known of older events, newest first, and finds it out where it is missing: once, and without haste. */
      const index = Effect.gen(function* () {
        yield* Deferred.await(counted)
        const { links } = known!
        let end = tallies.position - (tallies.position % stride)
        for (let n = 0; end > 0 && n < maxStretches; n++, end -= stride) {
          yield* links.filtersOf(end, new ScanBudget(Number.POSITIVE_INFINITY))
          yield* Effect.sleep(indexingPause)
        }
        return yield* Effect.never
      })

      const begin = Effect.suspend(() => {
        if (begun) return Effect.void
        begun = true
        const restore = Effect.suspend(() => known?.points.keepNewest(tallies.standing()) ?? Effect.void)
        return Effect.andThen(
          Effect.andThen(supervise("what looks on", run), supervise("what indexes the log", index)),
          keepBucket(bucket, totalsBucket, {
            isIncomplete: () => Effect.map(known?.points.isKept ?? Effect.succeed(true), (is) => !is),
            restore: () => restore
          })
        ).pipe(Effect.provideService(Scope.Scope, scope))
      })

      const standing = begin.pipe(
        Effect.andThen(Deferred.await(counted)),
        Effect.timeoutOrElse({
          duration: patience,
          orElse: () => Effect.suspend(() => Effect.fail(new StillCounting({ done: tallies.position, of })))
        }),
        Effect.map(standingNow)
      )

      return {
        standing,
        links: Effect.map(standing, () => known!.links),
        at: (position, report) => Effect.flatMap(standing, () => known!.points.at(position, report)),
        behind: (position) => ({ messages: held.behind(position), standing: standingNow() }),
        beyond: (after) => comesTo(position, after + 1)
      }
    })
  )

/** One who looks on at the log, one at rejected commands, and the limits for expensive reads. */
export const layer = (board: Board.Any) => Layer.mergeAll(watching(board), Rejections.layer(board), Scans.layer)
