import { Key, type Slice } from "#domain/grammar/index.ts"
import { Effect, Option, Stream, SubscriptionRef } from "effect"
import { Consumers } from "../Consumers.ts"
import { EventLog } from "../EventLog.ts"
import { StoreUnavailable } from "../KeyValue.ts"
import { comesTo } from "../comesTo.ts"
import { budget } from "./budget.ts"
import { positionIn } from "./checkpoint.ts"
import { bucketOf } from "./followers.ts"
import type { Followed } from "./followView.ts"
import { progressKey } from "./making.ts"
import { recall } from "./recall.ts"
import { soundRows } from "./soundRows.ts"
import { ViewBehind, ViewRebuilding } from "./viewErrors.ts"

/** How long a reader waits for a position. */
const reachTimeout = "5 seconds"

/** How long a reader waits for a view that is being built: a start, or a few rows, take no longer. */
const rebuildTimeout = "2 seconds"

/** What readers get of a view, from however many processes it is written. */
export const readView = Effect.fnUntraced(function* (view: Slice.View<any, any>, followed: Followed) {
  const log = yield* EventLog
  const consumers = yield* Consumers
  const { bucket, deadLetters, decode, integrity, progress, subscription } = followed
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

  /** Fails where the rows are not those of everything that they have to be of. */
  const settled = Effect.suspend(() => {
    if (SubscriptionRef.getUnsafe(isCurrent)) return Effect.void
    return SubscriptionRef.changes(isCurrent).pipe(
      Stream.filter((is) => is),
      Stream.runHead,
      Effect.asVoid,
      Effect.timeoutOrElse({
        duration: rebuildTimeout,
        orElse: Effect.fnUntraced(function* () {
          // A store that is not reachable is another trouble than a view that is not there yet.
          yield* bucket.get(progressKey)
          const { position, status, target } = progress.state()
          if (status === "current") return
          return yield* new ViewRebuilding({
            view: view.shows.name,
            position,
            target,
            isStandingBy: status === "standing by"
          })
        })
      })
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
    const lacking = (yield* deadLetters)(Key.path(Key.tokens(view.key, about)))
    return lacking > 0 ? { ...looked, deadLetters: lacking } : looked
  }, inTime)

  return { look: lookAfter, reach: (after: number) => inTime(reach(after)), sound, deadLetters, state: progress.state }
})
