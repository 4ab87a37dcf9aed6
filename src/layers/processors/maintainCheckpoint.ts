import { Effect, Option, Stream } from "effect"
import { checkpointsBucket } from "#layers/buckets/bucketNames.ts"
import type { EventLog } from "#layers/services/EventLog.ts"
import type { Bucket } from "#layers/services/KeyValue.ts"
import { checkpointStore, parseCheckpoint } from "./checkpointStore.ts"
import { maintainBucket } from "./maintainBucket.ts"
import { supervise } from "./supervise.ts"

/** Restores the checkpoint after it was removed or overwritten with something undecodable. */
export const maintainCheckpoint = Effect.fnUntraced(function* (
  log: EventLog["Service"],
  bucket: Bucket,
  key: string,
  lastKnownPosition: () => number
) {
  const restore = Effect.gen(function* () {
    const position = lastKnownPosition()
    if (position === 0) return
    const { advance } = yield* checkpointStore(log, bucket, key)
    yield* advance(position)
  })
  yield* maintainBucket(bucket, `${checkpointsBucket} (${key})`, {
    isIncomplete: () => Effect.map(bucket.get(key), (entry) => lastKnownPosition() > 0 && Option.isNone(entry)),
    restore: () => restore
  })
  yield* bucket.watch(key).pipe(
    Stream.filter(({ value }) => Option.isNone(value) || parseCheckpoint(value.value) === undefined),
    Stream.runForEach(() =>
      Effect.suspend(() => {
        if (lastKnownPosition() === 0) return Effect.void
        return Effect.andThen(
          Effect.logError(
            `The checkpoint of ${key} was removed or cannot be read; it is restored at ${lastKnownPosition()}`
          ),
          restore
        )
      })
    ),
    Effect.andThen(Effect.never),
    (run) => supervise(`the checkpoint of ${key}`, run)
  )
})
