import { Array, Effect } from "effect"
import { type EventLog, LogUnavailable, type Read } from "#layers/services/EventLog.ts"
import type { KeyValue, StoreUnavailable } from "#layers/services/KeyValue.ts"
import type { Subscription } from "#layers/services/Subscriptions.ts"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"
import { checkpoint, lookAt } from "./checkpoint.ts"

/** Up to so many positions behind, events are counted one by one: that is one read of the log. */
const maxCounted = 500

/** Milliseconds for which the identity of the log is remembered: all subscriptions are asked about at once. */
const identityMillis = 1_000

/** Where the subscriptions of a board are: their checkpoints decide it, compared with the log. */
export const positions = (log: EventLog["Service"], { bucket }: KeyValue["Service"]) => {
  let known: { readonly log: string; readonly at: number } | undefined
  const identity = Effect.flatMap(monotonicMillis, (at) =>
    known !== undefined && at - known.at < identityMillis
      ? Effect.succeed(known.log)
      : Effect.tap(log.identity, (log) => Effect.sync(() => void (known = { log, at })))
  )

  /** The position of its checkpoint; 0 if there is none, or if it belongs to another log. */
  const position = ({ checkpoint: { bucket: name, key } }: Subscription) =>
    Effect.zipWith(lookAt(bucket(name), key), identity, ({ known }, log) => (known?.log === log ? known.position : 0))

  /** The number of events of its types behind its checkpoint: exact up to `maxCounted` positions, then an upper bound. */
  const lag = Effect.fnUntraced(function* (subscription: Subscription) {
    // The checkpoint first: what is appended between the two reads counts as not taken.
    const from = yield* position(subscription)
    const newest = yield* log.newest(subscription.types)
    if (newest > from + maxCounted) return newest - from
    if (newest > from) return (yield* log.between(subscription.types, from, newest)).length
    const end = newest === from ? from : yield* log.newest()
    if (end >= from) return 0
    const reason = `the checkpoint of ${subscription.name} is ${from}, and the log ends at ${end}`
    return yield* new LogUnavailable({ reason })
  })

  /** For a reader that does not advance its checkpoint itself: how it is read, and `handle` with the advance behind it. */
  const kept = Effect.fnUntraced(function* <F extends Read, E, R>(
    { checkpoint: { bucket: name, key } }: Subscription,
    handle: (batch: Array.NonEmptyReadonlyArray<F>) => Effect.Effect<void, E, R>
  ) {
    yield* bucket(name).ensure
    const { reached, read } = yield* checkpoint(log, bucket(name), key)
    const advance = (position: number) =>
      // It tries again for as long as somebody else changes the checkpoint.
      Effect.catchTag(reached(position), "RevisionChanged", Effect.die)
    const hand = (
      batch: Array.NonEmptyReadonlyArray<F>
    ): Effect.Effect<void, E | LogUnavailable | StoreUnavailable, R> =>
      Effect.andThen(handle(batch), advance(Array.lastNonEmpty(batch).position))
    return { checkpoint: read, hand }
  })

  return { position, lag, kept }
}
