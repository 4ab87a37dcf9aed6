import { Effect } from "effect"
import { type Bucket, type RevisionChanged, StoreUnavailable, type ValueTooLarge } from "#layers/services/KeyValue.ts"

/** A bucket for values that are far below its size limit: `ValueTooLarge` becomes `StoreUnavailable`. */
export interface SmallValueBucket extends Omit<Bucket, "put" | "putAll"> {
  put(...args: Parameters<Bucket["put"]>): Effect.Effect<number, RevisionChanged | StoreUnavailable>
  putAll(
    ...args: Parameters<Bucket["putAll"]>
  ): Effect.Effect<ReadonlyArray<number>, RevisionChanged | StoreUnavailable>
}

const toStoreUnavailable = ({ bucket, message }: ValueTooLarge) => new StoreUnavailable({ bucket, reason: message })

export const smallValueBucket = (bucket: Bucket): SmallValueBucket => ({
  ...bucket,
  put: (...args) =>
    Effect.catchTag(bucket.put(...args), "ValueTooLarge", (error) => Effect.fail(toStoreUnavailable(error))),
  putAll: (...args) =>
    Effect.catchTag(bucket.putAll(...args), "ValueTooLarge", (error) => Effect.fail(toStoreUnavailable(error)))
})
