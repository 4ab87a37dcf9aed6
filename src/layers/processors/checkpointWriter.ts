import { Effect } from "effect"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"

/** Milliseconds between two writes of a checkpoint under load, and from the last event to the final write. */
const writeIntervalMillis = 1_000
const idleThresholdMillis = 100

/**
 * Advances a checkpoint at intervals: reprocessing an event costs little, and the next one need not wait for a disk. The
 * last position is written when no more events arrive, and at the end of the scope.
 */
export const checkpointWriter = Effect.fnUntraced(function* <E>(advance: (position: number) => Effect.Effect<void, E>) {
  let latest = 0
  let written = 0
  let lastWrite = Number.NEGATIVE_INFINITY
  const write = Effect.fnUntraced(function* () {
    lastWrite = yield* monotonicMillis
    const position = latest
    yield* advance(position)
    written = Math.max(written, position)
  })
  const writePending = Effect.suspend(() => (latest > written ? Effect.ignore(write()) : Effect.void))
  yield* Effect.addFinalizer(() =>
    writePending.pipe(Effect.timeoutOrElse({ duration: "500 millis", orElse: () => Effect.void }))
  )
  yield* Effect.forkScoped(
    Effect.suspend(() => {
      const latestBefore = latest
      return Effect.andThen(
        Effect.sleep(idleThresholdMillis),
        Effect.suspend(() => (latest === latestBefore ? writePending : Effect.void))
      )
    }).pipe(Effect.forever)
  )
  return (position: number) =>
    Effect.flatMap(monotonicMillis, (now) => {
      latest = position
      return now - lastWrite < writeIntervalMillis ? Effect.void : write()
    })
})
