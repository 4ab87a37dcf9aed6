import { Array, Effect } from "effect"
import type { DeadLetters, NewDeadLetter } from "#layers/deadLetters/DeadLetters.ts"
import { type SplitAtNewer, untilNewer } from "#layers/deadLetters/untilNewer.ts"
import { trackErrors } from "#layers/processors/ProcessorErrors.ts"
import type { EventLog, LogEntry } from "#layers/services/EventLog.ts"
import type { Bucket } from "#layers/services/KeyValue.ts"
import { type Subscription, Subscriptions } from "#layers/services/Subscriptions.ts"
import { type Projector, shouldRefold } from "./projector.ts"
import type { ViewCheckpoint } from "./viewCheckpoint.ts"

/** From this many positions on, reading the log in pages is faster than consuming its events. */
const catchUpThreshold = 5_000

/** What the processor of a view works with. */
export interface ViewContext {
  /** For logs and reported errors: `view <name>`. */
  readonly name: string
  readonly subscription: Subscription
  readonly bucket: Bucket
  readonly log: EventLog["Service"]
  readonly deadLetters: DeadLetters["Service"]
  readonly projector: Projector
  readonly splitAtNewer: SplitAtNewer
}

/** Processes the events after the checkpoint: reads the log while the view is far behind, then consumes. Never ends. */
export const processEvents = Effect.fnUntraced(function* (
  { deadLetters, log, name, projector, splitAtNewer, subscription }: ViewContext,
  checkpoint: ViewCheckpoint
) {
  const { types } = subscription
  const subscriptions = yield* Subscriptions
  // In this order: dead letters up to the position are known then.
  const resumeFrom = Effect.tap(checkpoint.position, deadLetters.awaitSync)
  const onProgress = (position: number, newDeadLetters: ReadonlyArray<NewDeadLetter>) =>
    Effect.andThen(deadLetters.add(newDeadLetters), checkpoint.advance(position))

  const catchUp = Effect.fnUntraced(function* (mayBeEmpty: boolean) {
    const after = yield* resumeFrom
    const upTo = yield* log.lastPosition(types)
    if (upTo - after < catchUpThreshold) return
    yield* projector.replay({ after, upTo, isEmpty: mayBeEmpty && after === 0 }, onProgress)
  })
  yield* Effect.catchTag(catchUp(true), ["RevisionChanged", "ValueTooLarge"], () =>
    Effect.retry(catchUp(false), { while: shouldRefold })
  )

  const handle = untilNewer(splitAtNewer)((batch: Array.NonEmptyReadonlyArray<LogEntry>) =>
    checkpoint.commit(
      Array.lastNonEmpty(batch).position,
      Effect.flatMap(projector.applyEntries(batch), deadLetters.add)
    )
  )
  return yield* subscriptions.run(subscription, (batch) => trackErrors(name, handle(batch)), resumeFrom)
})
