import { Effect, Option, Stream, SubscriptionRef } from "effect"
import { progressKey } from "#layers/buckets/bucketNames.ts"
import { type Checkpoint, parseCheckpoint } from "#layers/processors/checkpointStore.ts"
import { supervise } from "#layers/processors/supervise.ts"
import type { EventLog } from "#layers/services/EventLog.ts"
import type { Bucket } from "#layers/services/KeyValue.ts"

/**
 * The state of a view in this process. `rebuilding`: it has not reached the end that the log had when the process started or
 * when the rebuild of its rows began; `standing by`: its rows are those of another instance's code.
 */
export interface ViewState {
  readonly status: "current" | "rebuilding" | "standing by"
  readonly position: number
  /** The position that it has to reach; undefined while unknown. */
  readonly target: number | undefined
}

/** Rows of different logs or different rebuilds never have the same one. */
const generationOf = ({ log, rows }: Checkpoint) => `${log} ${rows ?? ""}`

export interface ProgressOptions {
  readonly log: EventLog["Service"]
  readonly types: ReadonlyArray<string>
  readonly fingerprint: string
}

/** Watches a view's checkpoint, whichever process writes it: the view's position, and whether its rows can be shown. */
export const viewProgress = Effect.fnUntraced(function* (
  name: string,
  bucket: Bucket,
  { log, types, fingerprint }: ProgressOptions
) {
  const position = yield* SubscriptionRef.make(0)
  const isCurrent = yield* SubscriptionRef.make(false)
  let generation: string | undefined
  let target: number | undefined
  let isOtherCode = false

  const isOfOtherCode = (checkpoint: Checkpoint) =>
    checkpoint.fingerprint !== undefined && checkpoint.fingerprint !== fingerprint

  /** Rows are not shown until a checkpoint of this generation has reached its target. */
  const beginGeneration = (nextGeneration: string | undefined) =>
    Effect.suspend(() => {
      generation = nextGeneration
      target = undefined
      return SubscriptionRef.set(isCurrent, false)
    })
  const reset = Effect.andThen(beginGeneration(undefined), SubscriptionRef.set(position, 0))

  const observe = Effect.fnUntraced(function* (checkpoint: Checkpoint) {
    isOtherCode = isOfOtherCode(checkpoint)
    const nextGeneration = generationOf(checkpoint)
    if (nextGeneration !== generation) {
      // A checkpoint ahead of the log is ignored: the view's processor does not trust it either and rebuilds the rows.
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
    /** The position of a checkpoint; undefined if it is not of this generation, or its rows are those of other code. */
    positionOf: (checkpoint: Checkpoint | undefined) =>
      checkpoint && !isOfOtherCode(checkpoint) && generationOf(checkpoint) === generation
        ? checkpoint.position
        : undefined,
    /** For rows that are gone without a change of the checkpoint. */
    reset,
    /** The rows are as new as this code can make them: what follows is in a shape that only newer code knows. */
    showAsFarAsKnown: Effect.suspend(() =>
      generation === undefined || isOtherCode ? Effect.void : SubscriptionRef.set(isCurrent, true)
    ),
    state: (): ViewState => ({
      status: SubscriptionRef.getUnsafe(isCurrent) ? "current" : isOtherCode ? "standing by" : "rebuilding",
      position: SubscriptionRef.getUnsafe(position),
      target
    })
  }
})
