import { Effect, Option, Stream } from "effect"
import { checkpointsBucket } from "#layers/services/buckets.ts"
import type { EventLog } from "#layers/services/EventLog.ts"
import type { Bucket } from "#layers/services/KeyValue.ts"
import { checkpoint, checkpointIn } from "./checkpoint.ts"
import { keepBucket } from "./maintainBucket.ts"
import { supervise } from "./supervise.ts"

/** Puts the checkpoint back as it was, where it was removed or something else wrote what is none. */
export const keepCheckpoint = Effect.fnUntraced(function* (
  log: EventLog["Service"],
  bucket: Bucket,
  key: string,
  lastKnown: () => number
) {
  const restore = Effect.gen(function* () {
    const position = lastKnown()
    if (position === 0) return
    const { reached } = yield* checkpoint(log, bucket, key)
    yield* reached(position)
  })
  yield* keepBucket(bucket, `${checkpointsBucket} (${key})`, {
    isIncomplete: () => Effect.map(bucket.get(key), (entry) => lastKnown() > 0 && Option.isNone(entry)),
    restore: () => restore
  })
  yield* bucket.watch(key).pipe(
    Stream.filter(({ value }) => Option.isNone(value) || checkpointIn(value.value) === undefined),
    Stream.runForEach(() =>
      Effect.suspend(() => {
        if (lastKnown() === 0) return Effect.void
        return Effect.andThen(
          Effect.logError(
            `The checkpoint of ${key} was removed or cannot be read; it is written again at ${lastKnown()}`
          ),
          restore
        )
      })
    ),
    Effect.andThen(Effect.never),
    (run) => supervise(`the checkpoint of ${key}`, run)
  )
})
