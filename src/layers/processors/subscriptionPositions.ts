import { Array, Effect } from "effect"
import { type EventLog, LogUnavailable, type LogEntry } from "#layers/services/EventLog.ts"
import type { KeyValue, StoreUnavailable } from "#layers/services/KeyValue.ts"
import type { Subscription } from "#layers/services/Subscriptions.ts"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"
import { checkpointStore, loadCheckpoint } from "./checkpointStore.ts"

/** The largest distance in positions at which the lag is counted exactly, which takes one read of the log. */
const maxCounted = 500

/** Milliseconds for which the identity of the log is cached: the subscriptions are usually queried together. */
const identityCacheMillis = 1_000

/** The positions and lags of subscriptions, from their checkpoints and the log. */
export const subscriptionPositions = (log: EventLog["Service"], { bucket }: KeyValue["Service"]) => {
  let cachedIdentity: { readonly log: string; readonly at: number } | undefined
  const identity = Effect.flatMap(monotonicMillis, (at) =>
    cachedIdentity !== undefined && at - cachedIdentity.at < identityCacheMillis
      ? Effect.succeed(cachedIdentity.log)
      : Effect.tap(log.identity, (log) => Effect.sync(() => void (cachedIdentity = { log, at })))
  )

  /** The position of its checkpoint; 0 if there is none, or if it is of another log. */
  const position = ({ checkpoint: { bucket: name, key } }: Subscription) =>
    Effect.zipWith(loadCheckpoint(bucket(name), key), identity, ({ checkpoint }, log) =>
      checkpoint?.log === log ? checkpoint.position : 0
    )

  /** The number of events of its types after its checkpoint: exact up to `maxCounted` positions, then an upper bound. */
  const lag = Effect.fnUntraced(function* (subscription: Subscription) {
    // The checkpoint is read first, so that events appended between the two reads count as unprocessed.
    const from = yield* position(subscription)
    const newest = yield* log.lastPosition(subscription.types)
    if (newest > from + maxCounted) return newest - from
    if (newest > from) return (yield* log.readRange(subscription.types, from, newest)).length
    const end = newest === from ? from : yield* log.lastPosition()
    if (end >= from) return 0
    const reason = `the checkpoint of ${subscription.name} is ${from}, and the log ends at ${end}`
    return yield* new LogUnavailable({ reason })
  })

  /** For a run that does not advance its checkpoint itself: the checkpoint, and `handle` followed by its advance. */
  const withStoredCheckpoint = Effect.fnUntraced(function* <F extends LogEntry, E, R>(
    { checkpoint: { bucket: name, key } }: Subscription,
    handle: (batch: Array.NonEmptyReadonlyArray<F>) => Effect.Effect<void, E, R>
  ) {
    yield* bucket(name).ensure
    const { advance: advanceCheckpoint, load } = yield* checkpointStore(log, bucket(name), key)
    const advance = (position: number) =>
      // `advance` retries this error itself.
      Effect.catchTag(advanceCheckpoint(position), "RevisionChanged", Effect.die)
    const deliver = (
      batch: Array.NonEmptyReadonlyArray<F>
    ): Effect.Effect<void, E | LogUnavailable | StoreUnavailable, R> =>
      Effect.andThen(handle(batch), advance(Array.lastNonEmpty(batch).position))
    return { checkpoint: load, deliver }
  })

  return { position, lag, withStoredCheckpoint }
}
