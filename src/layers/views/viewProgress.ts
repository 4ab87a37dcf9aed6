import { Effect, Option, Stream, SubscriptionRef } from "effect"
import { type Checkpoint, checkpointIn } from "#layers/processors/checkpoint.ts"
import { supervise } from "#layers/processors/supervise.ts"
import { progressKey } from "#layers/services/buckets.ts"
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
  let isOthers = false

  const isOfOthers = (checkpoint: Checkpoint) =>
    checkpoint.fingerprint !== undefined && checkpoint.fingerprint !== fingerprint

  /** From now on there are no rows to show, until a checkpoint says that they are there again. */
  const begin = (next: string | undefined) =>
    Effect.suspend(() => {
      generation = next
      target = undefined
      return SubscriptionRef.set(isCurrent, false)
    })
  const nothing = Effect.andThen(begin(undefined), SubscriptionRef.set(position, 0))

  const observe = Effect.fnUntraced(function* (checkpoint: Checkpoint) {
    isOthers = isOfOthers(checkpoint)
    const next = `${checkpoint.log} ${checkpoint.rows ?? ""}`
    if (next !== generation) {
      // One that is ahead of its log is not believed by the follower of the view either: its rows are about to be rebuilt.
      if (checkpoint.position > (yield* log.newest())) return yield* nothing
      yield* begin(next)
    }
    yield* SubscriptionRef.set(position, checkpoint.position)
    if (target === undefined && checkpoint.log === (yield* log.identity)) target = yield* log.newest(types)
    const hasAll = target !== undefined && checkpoint.position >= target
    const isNow = !isOthers && (hasAll || SubscriptionRef.getUnsafe(isCurrent))
    if (SubscriptionRef.getUnsafe(isCurrent) !== isNow) yield* SubscriptionRef.set(isCurrent, isNow)
  })

  yield* bucket.watch(progressKey).pipe(
    Stream.runForEach(({ value }) => {
      const checkpoint = Option.isSome(value) ? checkpointIn(value.value) : undefined
      return checkpoint ? observe(checkpoint) : nothing
    }),
    Effect.andThen(Effect.never),
    (run) => supervise(`progress of ${name}`, run)
  )

  return {
    position,
    isCurrent,
    /** How far a checkpoint says that rows of this code and this log are; undefined if it is not of such rows. */
    positionOf: (checkpoint: Checkpoint | undefined) =>
      checkpoint && !isOfOthers(checkpoint) && `${checkpoint.log} ${checkpoint.rows ?? ""}` === generation
        ? checkpoint.position
        : undefined,
    /** The rows are gone, though nobody told. */
    lost: nothing,
    state: (): ViewState => ({
      status: SubscriptionRef.getUnsafe(isCurrent) ? "current" : isOthers ? "standing by" : "rebuilding",
      position: SubscriptionRef.getUnsafe(position),
      target
    })
  }
})
