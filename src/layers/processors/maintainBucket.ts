import { Effect, Option } from "effect"
import type { Bucket, BucketState, StoreUnavailable } from "#layers/services/KeyValue.ts"
import { supervise } from "./supervise.ts"

/** The pause between two checks of a bucket: the server sends no notice when it is purged or deleted. */
const pollInterval = "1 second"

export interface BucketRepair<E, R> {
  /** Whether the bucket lacks entries that this process knows. */
  readonly isIncomplete: (state: BucketState) => Effect.Effect<boolean, StoreUnavailable>
  /** Restores the entries that this process knows. The revisions of a new bucket start at 1 again. */
  readonly restore: (isNew: boolean) => Effect.Effect<void, E, R>
}

/**
 * Maintains a bucket of dead letters or checkpoints in the scope: recreates it after a deletion, and restores the entries
 * that this process knows after a purge.
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
      yield* Effect.logWarning(`The bucket ${name} ${what}; the entries that this process knows are restored`)
      yield* restore(isNew)
    }
    knownIncarnation = state.incarnation
  })
  // An outage is only logged for debugging here: other parts report it.
  const checkOrLog = check.pipe(
    Effect.catch(({ message }) => Effect.logDebug(`The bucket ${name} cannot be checked: ${message}`))
  )
  return supervise(`the bucket ${name}`, Effect.forever(Effect.andThen(checkOrLog, Effect.sleep(pollInterval))))
}
