import { Effect, Option, Stream, SubscriptionRef } from "effect"
import { type Checkpoint, parseCheckpoint } from "#layers/processors/checkpointStore.ts"
import { supervise } from "#layers/processors/supervise.ts"
import { progressKey } from "#layers/services/bucketNames.ts"
import type { EventLog } from "#layers/services/EventLog.ts"
import type { Bucket } from "#layers/services/KeyValue.ts"

/**
 * How a view stands in this process. `rebuilding`: since the process started, or since its rows were rebuilt, it has not had
 * everything that was in the log at that moment; `standing by`: its rows are those of another instance's code.
 */
export interface ViewState {
  readonly status: "current" | "rebuilding" | "standing by"
  readonly position: number
  /** The position that it has to reach; undefined while that is not known. */
  readonly target: number | undefined
}

/** What a view's checkpoint says, whichever process writes it: how far it has come, and whether its rows can be shown. */
export const viewProgress = Effect.fnUntraced(function* (
  name: string,
  bucket: Bucket,
  {
    log,
    types,
    fingerprint
  }: {
    readonly log: EventLog["Service"]
    readonly types: ReadonlyArray<string>
    readonly fingerprint: string
  }
) {
  const position = yield* SubscriptionRef.make(0)
  const isCurrent = yield* SubscriptionRef.make(false)
  let generation: string | undefined
  let target: number | undefined
  let isOtherCode = false

  const isOfOtherCode = (checkpoint: Checkpoint) =>
    checkpoint.fingerprint !== undefined && checkpoint.fingerprint !== fingerprint

  /** From now on there are no rows to show, until a checkpoint says that they are there again. */
  const beginGeneration = (nextGeneration: string | undefined) =>
    Effect.suspend(() => {
      generation = nextGeneration
      target = undefined
      return SubscriptionRef.set(isCurrent, false)
    })
  const reset = Effect.andThen(beginGeneration(undefined), SubscriptionRef.set(position, 0))

  const observe = Effect.fnUntraced(function* (checkpoint: Checkpoint) {
    isOtherCode = isOfOtherCode(checkpoint)
    const nextGeneration = `${checkpoint.log} ${checkpoint.rows ?? ""}`
    if (nextGeneration !== generation) {
      // One that is ahead of its log is not believed by the follower of the view either: its rows are about to be rebuilt.
      if (checkpoint.position > (yield* log.lastPosition())) return yield* reset
      yield* beginGeneration(nextGeneration)
    }
    yield* SubscriptionRef.set(position, checkpoint.position)
    if (target === undefined && checkpoint.log === (yield* log.identity)) target = yield* log.lastPosition(types)
    const hasAll = target !== undefined && checkpoint.position >= target
    const isNowCurrent = !isOtherCode && (hasAll || SubscriptionRef.getUnsafe(isCurrent))
    if (SubscriptionRef.getUnsafe(isCurrent) !== isNowCurrent) yield* SubscriptionRef.set(isCurrent, isNowCurrent)
  })

  yield* bucket.watch(progressKey).pipe(
    Stream.runForEach(({ value }) => {
      const checkpoint = Option.isSome(value) ? parseCheckpoint(value.value) : undefined
      return checkpoint ? observe(checkpoint) : reset
    }),
    Effect.andThen(Effect.never),
    (run) => supervise(`progress of ${name}`, run)
  )

  return {
    position,
    isCurrent,
    /** How far a checkpoint says that rows of this code and this log are; undefined if it is not of such rows. */
    positionOf: (checkpoint: Checkpoint | undefined) =>
      checkpoint && !isOfOtherCode(checkpoint) && `${checkpoint.log} ${checkpoint.rows ?? ""}` === generation
        ? checkpoint.position
        : undefined,
    /** The rows are gone, though nobody told. */
    reset: reset,
    state: (): ViewState => ({
      status: SubscriptionRef.getUnsafe(isCurrent) ? "current" : isOtherCode ? "standing by" : "rebuilding",
      position: SubscriptionRef.getUnsafe(position),
      target
    })
  }
})
