import { Effect, Option, Stream, SubscriptionRef } from "effect"
import { Key, type Slice } from "#domain/model/index.ts"
import { bucketOf, progressKey } from "#layers/buckets/bucketNames.ts"
import { parseCheckpoint, parsePosition } from "#layers/processors/checkpointStore.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { StoreUnavailable } from "#layers/services/KeyValue.ts"
import { Subscriptions } from "#layers/services/Subscriptions.ts"
import { awaitPosition } from "#layers/timing/awaitPosition.ts"
import { requestTimeoutMillis } from "#layers/timing/requestTimeout.ts"
import { staleRowCache } from "./rows/staleRowCache.ts"
import { verifiedRows } from "./rows/verifiedRows.ts"
import { ViewBehind, ViewRebuilding } from "./viewErrors.ts"
import type { ViewProcessor } from "./viewProcessor.ts"

const positionTimeout = "5 seconds"

/** How long a reader waits for a view that is being rebuilt: enough for a start, or for a few rows. */
const rebuildTimeout = "2 seconds"

const failIfRebuilding = (view: Slice.View<any, any>, { state }: ViewProcessor["progress"]) =>
  Effect.suspend(() => {
    const { position, status, target } = state()
    const isStandingBy = status === "standing by"
    return status === "current"
      ? Effect.void
      : Effect.fail(new ViewRebuilding({ view: view.shows.name, position, target, isStandingBy }))
  })

/** Waits for a view: until its rows are current, or have reached a position. */
const viewWaits = Effect.fnUntraced(function* (
  view: Slice.View<any, any>,
  { bucket, progress, subscription }: ViewProcessor
) {
  const log = yield* EventLog
  const consumers = yield* Subscriptions
  const { isCurrent, position: knownPosition } = progress

  /** The position in the bucket's checkpoint; the watched one may be that of a bucket that was deleted since. */
  const refreshPosition = Effect.flatMap(bucket.get(progressKey), (entry) => {
    const position = Option.match(entry, { onNone: () => 0, onSome: ({ value }) => parsePosition(value) })
    return Effect.as(
      SubscriptionRef.getUnsafe(knownPosition) === position
        ? Effect.void
        : SubscriptionRef.set(knownPosition, position),
      position
    )
  })

  const awaitConfirmed = Effect.fnUntraced(function* (target: number) {
    while (true) {
      yield* awaitPosition(knownPosition, target)
      if ((yield* refreshPosition) >= target) return
    }
  })

  /** Whether the rows have every event that is in the log now, by the checkpoint in the bucket instead of its watch. */
  const hasAll = Effect.gen(function* () {
    const checkpoint = Option.map(yield* bucket.get(progressKey), ({ value }) => parseCheckpoint(value))
    const position = Option.match(checkpoint, { onNone: () => 0, onSome: progress.positionOf })
    return position !== undefined && position >= (yield* log.lastPosition(subscription.types))
  })

  /** Fails if the view does not reach its target within `rebuildTimeout`. */
  const awaitCurrent = Effect.gen(function* () {
    if (SubscriptionRef.getUnsafe(isCurrent) || (yield* hasAll)) return
    yield* SubscriptionRef.changes(isCurrent).pipe(
      Stream.filter((current) => current),
      Stream.runHead,
      Effect.timeoutOrElse({ duration: rebuildTimeout, orElse: () => failIfRebuilding(view, progress) })
    )
  })

  const waitForPosition = Effect.fnUntraced(function* (after: number) {
    const isThere = SubscriptionRef.getUnsafe(knownPosition) >= after
    // In this order: only a replica that has `after` knows the view's last event before it.
    const isKnown = !isThere && after <= (yield* log.lastPosition())
    yield* awaitConfirmed(isKnown ? Math.min(after, yield* log.lastPosition(subscription.types)) : after).pipe(
      Effect.timeoutOrElse({
        duration: positionTimeout,
        orElse: Effect.fnUntraced(function* () {
          if (!SubscriptionRef.getUnsafe(isCurrent)) yield* awaitCurrent
          const lag = yield* consumers.lag(subscription)
          const position = SubscriptionRef.getUnsafe(knownPosition)
          return yield* new ViewBehind({ view: view.shows.name, after, position, lag })
        })
      })
    )
    yield* awaitCurrent
    return SubscriptionRef.getUnsafe(knownPosition)
  })

  return { awaitCurrent, waitForPosition }
})

/** Reads of one view, independent of which processes write it. */
export const viewReader = Effect.fnUntraced(function* (view: Slice.View<any, any>, processor: ViewProcessor) {
  const { bucket, deadLetters, decode, integrity, dismissedPositions, progress } = processor
  const { awaitCurrent, waitForPosition } = yield* viewWaits(view, processor)
  const name = bucketOf(view)
  const withTimeout = Effect.timeoutOrElse({
    duration: requestTimeoutMillis,
    orElse: () => Effect.fail(new StoreUnavailable({ bucket: name, reason: "it did not answer in time" }))
  })
  const { get, listVerified } = verifiedRows(name, bucket, integrity, decode)
  const readRow = staleRowCache(view, { ...bucket, get }, decode)
  const readAfter = Effect.fnUntraced(function* (about: Key.Of<any>, after?: number) {
    yield* after === undefined ? awaitCurrent : waitForPosition(after)
    const result = yield* readRow(about, after)
    const missingEvents = (yield* deadLetters).count(Key.toBucketKey(Key.tokens(view.key, about)))
    return missingEvents > 0 ? { ...result, deadLetters: missingEvents } : result
  }, withTimeout)

  return {
    read: readAfter,
    waitForPosition: (after: number) => withTimeout(waitForPosition(after)),
    listVerified,
    deadLetters,
    dismissedPositions,
    state: progress.state
  }
})
