import { Effect, Option } from "effect"
import type { Bucket, BucketState, StoreUnavailable } from "#layers/services/KeyValue.ts"
import { supervise } from "./supervise.ts"

/** Between two checks of a bucket: the server sends no notice when it is purged or deleted. */
const pollInterval = "1 second"

export interface BucketRepair<E, R> {
  /** Whether the bucket lacks something that this process knows of. */
  readonly isIncomplete: (state: BucketState) => Effect.Effect<boolean, StoreUnavailable>
  /** Puts back what this process knows. A bucket that is new begins its revisions at 1 again. */
  readonly restore: (isNew: boolean) => Effect.Effect<void, E, R>
}

/**
 * Looks after a bucket that holds something other than rows, in the scope: creates it where it was deleted, and restores
 * what this process knows of its entries where some were purged.
 */
export const maintainBucket = <E extends { readonly message: string }, R>(
  bucket: Bucket,
  name: string,
  { isIncomplete, restore }: BucketRepair<E, R>
) => {
  let knownIncarnation: string | undefined
  const check = Effect.gen(function* () {
    const wasGone = yield* bucket.ensure
    const state = Option.getOrUndefined(yield* bucket.state)
    if (state === undefined) return
    const isNew = wasGone || (knownIncarnation !== undefined && knownIncarnation !== state.incarnation)
    if (isNew || (yield* isIncomplete(state))) {
      const what = isNew ? "was deleted" : "was purged"
      yield* Effect.logWarning(`The bucket ${name} ${what}; what this process knows of it is put back`)
      yield* restore(isNew)
    }
    knownIncarnation = state.incarnation
  })
  // What is not reachable is looked at again: others say that it is not.
  // What is not reachable is looked at again: others say that it is not.
  const checkOrLog = check.pipe(
    Effect.catch(({ message }) => Effect.logDebug(`The bucket ${name} is not looked after: ${message}`))
  )
  return supervise(`the bucket ${name}`, Effect.forever(Effect.andThen(checkOrLog, Effect.sleep(pollInterval))))
}
