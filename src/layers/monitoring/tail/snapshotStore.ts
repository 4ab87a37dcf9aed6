import { Effect, Option } from "effect"
import { totalsBucket } from "#layers/buckets/bucketNames.ts"
import { smallValueBucket } from "#layers/buckets/smallValueBucket.ts"
import type { Bucket, Entry } from "#layers/services/KeyValue.ts"
import { decodeSnapshot, emptyCounts, encodeSnapshot, type EventCounts } from "./EventCounts.ts"

/** The writer of all snapshots; entries of other writers are ignored. */
const writer = "counts"

const newestKey = "newest"
const snapshotKey = (position: number) => `at.${position}`

/** The snapshots of one log in a bucket. Counting does not need them: without the bucket, the log is counted again. */
export const snapshotStore = (bucket: Bucket, log: string) => {
  let hasStoredNewest = false

  const snapshotIn = (entry: Entry | undefined) =>
    entry?.writer === writer ? decodeSnapshot(log, entry.value) : undefined

  /** The snapshot under a key; undefined if it cannot be read, or is of another position than its key says. */
  const load = Effect.fnUntraced(
    function* (key: string) {
      const entry = yield* bucket.get(key)
      if (Option.isNone(entry)) return undefined
      const stored = snapshotIn(entry.value)
      if (stored && (key === newestKey || key === snapshotKey(stored.position))) return stored
      yield* Effect.logWarning(`The counts ${key} in the bucket ${totalsBucket} are not usable; counting again`)
      return undefined
    },
    // The bucket is created again if it is gone, and ignored while it is not reachable.
    Effect.catchTag("StoreUnavailable", () => Effect.as(Effect.ignore(bucket.ensure), undefined))
  )

  /** Stores counts under a key, unless another process has stored these or later ones. */
  const store = Effect.fnUntraced(function* (key: string, counts: EventCounts) {
    const stored = Option.getOrUndefined(yield* bucket.get(key))
    const text = encodeSnapshot(log, counts)
    if ((snapshotIn(stored)?.position ?? -1) >= counts.position) return
    const revision = stored?.revision ?? 0
    yield* Effect.catchTag(
      smallValueBucket(bucket).put(key, text, revision, writer),
      "RevisionChanged",
      () => Effect.void
    )
    hasStoredNewest ||= key === newestKey
  })

  /** Failures are only logged: missing snapshots are counted again. A bucket that is gone is created again. */
  const storeUnder = (keys: ReadonlyArray<string>, counts: EventCounts): Effect.Effect<void> => {
    const storeAll = Effect.forEach(keys, (key) => store(key, counts), { discard: true })
    return Effect.catchTag(storeAll, "StoreUnavailable", () => Effect.andThen(bucket.ensure, storeAll)).pipe(
      Effect.catch(({ message }) => Effect.logDebug(`The counts were not stored: ${message}`))
    )
  }

  return {
    /** The snapshot as of exactly a position, if it is stored. */
    at: (position: number) => load(snapshotKey(position)),
    /** The newest snapshot of a log that ends at a position; a snapshot ahead of that is removed. */
    last: Effect.fnUntraced(function* (end: number) {
      const counts = yield* load(newestKey)
      hasStoredNewest ||= counts !== undefined
      if (counts === undefined || counts.position <= end) return counts ?? emptyCounts
      yield* Effect.logWarning(`The counts ${newestKey} are ahead of the log, at ${counts.position}; counting again`)
      yield* Effect.ignore(bucket.remove(newestKey))
      return emptyCounts
    }),
    /** Stores a snapshot, as the newest too. */
    save: (counts: EventCounts) => storeUnder([snapshotKey(counts.position), newestKey], counts),
    /** Stores counts as the newest, from which the next process continues. */
    saveNewest: (counts: EventCounts) => storeUnder([newestKey], counts),
    /** Whether the newest snapshot is still in the bucket, if this process has stored or loaded one. */
    isNewestSaved: Effect.suspend(() =>
      hasStoredNewest ? Effect.map(bucket.get(newestKey), Option.isSome) : Effect.succeed(true)
    )
  }
}
