import { Effect, Option, Stream, SubscriptionRef } from "effect"
import { Key, type Slice } from "#domain/model/index.ts"
import { checkpointIn, positionIn } from "#layers/processors/checkpoint.ts"
import { bucketOf, progressKey } from "#layers/services/buckets.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { StoreUnavailable } from "#layers/services/KeyValue.ts"
import { Consumers } from "#layers/services/Subscriptions.ts"
import { comesTo } from "#layers/timing/awaitPosition.ts"
import { budget } from "#layers/timing/requestTimeout.ts"
import { recall } from "./staleRowCache.ts"
import { soundRows } from "./verifiedRows.ts"
import { ViewBehind, ViewRebuilding } from "./viewErrors.ts"
import type { Followed } from "./viewProcessor.ts"

/** How long a reader waits for a position. */
const reachTimeout = "5 seconds"

/** How long a reader waits for a view that is being built: a start, or a few rows, take no longer. */
const rebuildTimeout = "2 seconds"

/** What readers get of a view, from however many processes it is written. */
export const readView = Effect.fnUntraced(function* (view: Slice.View<any, any>, followed: Followed) {
  const log = yield* EventLog
  const consumers = yield* Consumers
  const { bucket, deadLetters, decode, integrity, passedOver, progress, subscription } = followed
  const { isCurrent, position: known } = progress

  /** How far the bucket itself says that it has come; what was heard of may have been another bucket's. */
  const confirmed = Effect.flatMap(bucket.get(progressKey), (entry) => {
    const position = Option.match(entry, { onNone: () => 0, onSome: ({ value }) => positionIn(value) })
    return Effect.as(
      SubscriptionRef.getUnsafe(known) === position ? Effect.void : SubscriptionRef.set(known, position),
      position
    )
  })

  const waitFor = Effect.fnUntraced(function* (target: number) {
    while (true) {
      yield* comesTo(known, target)
      if ((yield* confirmed) >= target) return
    }
  })

  /** Whether the rows are those of all that is in the log now, whatever was heard of them. */
  const hasAll = Effect.gen(function* () {
    const checkpoint = Option.map(yield* bucket.get(progressKey), ({ value }) => checkpointIn(value))
    const position = Option.match(checkpoint, { onNone: () => 0, onSome: (of) => progress.positionOf(of) })
    return position !== undefined && position >= (yield* log.newest(subscription.types))
  })

  const rebuilding = Effect.suspend(() => {
    const { position, status, target } = progress.state()
    const isStandingBy = status === "standing by"
    return status === "current"
      ? Effect.void
      : Effect.fail(new ViewRebuilding({ view: view.shows.name, position, target, isStandingBy }))
  })

  /** Fails where the rows are not those of everything that they have to be of. */
  const settled = Effect.gen(function* () {
    if (SubscriptionRef.getUnsafe(isCurrent) || (yield* hasAll)) return
    yield* SubscriptionRef.changes(isCurrent).pipe(
      Stream.filter((is) => is),
      Stream.runHead,
      Effect.timeoutOrElse({ duration: rebuildTimeout, orElse: () => rebuilding })
    )
  })

  const reach = Effect.fnUntraced(function* (after: number) {
    const isThere = SubscriptionRef.getUnsafe(known) >= after
    // In this order: only who knows of `after` can say which fact before it was the view's last.
    const isKnown = !isThere && after <= (yield* log.newest())
    yield* waitFor(isKnown ? Math.min(after, yield* log.newest(subscription.types)) : after).pipe(
      Effect.timeoutOrElse({
        duration: reachTimeout,
        orElse: Effect.fnUntraced(function* () {
          if (!SubscriptionRef.getUnsafe(isCurrent)) yield* settled
          const lag = yield* consumers.lag(subscription)
          const position = SubscriptionRef.getUnsafe(known)
          return yield* new ViewBehind({ view: view.shows.name, after, position, lag })
        })
      })
    )
    yield* settled
    return SubscriptionRef.getUnsafe(known)
  })

  const name = bucketOf(view)
  const inTime = Effect.timeoutOrElse({
    duration: budget,
    orElse: () => Effect.fail(new StoreUnavailable({ bucket: name, reason: "it did not answer in time" }))
  })
  const { get, sound } = soundRows(name, bucket, integrity, decode)
  const look = recall(view, { ...bucket, get }, decode)
  const lookAfter = Effect.fnUntraced(function* (about: Key.Of<any>, after?: number) {
    yield* after === undefined ? settled : reach(after)
    const looked = yield* look(about, after)
    const lacking = (yield* deadLetters).count(Key.path(Key.tokens(view.key, about)))
    return lacking > 0 ? { ...looked, deadLetters: lacking } : looked
  }, inTime)

  return {
    look: lookAfter,
    reach: (after: number) => inTime(reach(after)),
    sound,
    deadLetters,
    passedOver,
    state: progress.state
  }
})
