import { Data, Duration, Effect, Option, Stream } from "effect"
import { progressKey } from "#layers/buckets/bucketNames.ts"
import { loadCheckpoint } from "#layers/processors/checkpointStore.ts"
import { backOff } from "#layers/processors/supervise.ts"
import type { Bucket, BucketState } from "#layers/services/KeyValue.ts"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"
import { staleLeaderTimeout } from "#layers/timing/staleLeaderTimeout.ts"
import { GenerationChanged } from "#layers/views/viewCheckpoint.ts"
import type { RowIntegrity } from "./RowIntegrity.ts"

/** Between two reads of a bucket's state: its watch does not notify of a purge or of its deletion. */
const pollInterval = "1 second"

/**
 * Changes of other clients are gathered until there were none for `quietTime`, and restored together. A client that changes
 * rows all the time is not answered at each change, but after `maxGatherMillis`.
 */
const quietTime = "50 millis"
const maxGatherMillis = 6_000

const awaitQuiet = (integrity: RowIntegrity) =>
  Effect.gen(function* () {
    const end = (yield* monotonicMillis) + maxGatherMillis
    let countBefore: number
    do {
      countBefore = integrity.foreignChangeCount
      yield* Effect.sleep(quietTime)
    } while (integrity.foreignChangeCount !== countBefore && (yield* monotonicMillis) < end)
  })

/** Each round reads the log; the pause after it is as long as the round was, between these limits. */
const minPauseMillis = 100
const maxPauseMillis = 5_000

/** The most rows that are restored in one round. */
const maxRowsPerRound = 10_000

/** The bucket was deleted, or rows were purged from it: which rows are missing is not known. */
export class RowsLost extends Data.TaggedError("RowsLost")<{ readonly reason: string }> {
  override get message() {
    return this.reason
  }
}

/** Checks each change of a bucket's rows, and fails when the checkpoint is no longer of this generation. */
const observeChanges = (bucket: Bucket, integrity: RowIntegrity) =>
  Effect.suspend(() =>
    bucket.revisionsAfter(integrity.seenRevision).pipe(
      Stream.runForEach((change) => {
        if (change.key !== progressKey) return Effect.sync(() => integrity.observe(change))
        const isOurs = !change.isRemoved && change.writer === integrity.generation
        return isOurs ? Effect.void : Effect.fail(new GenerationChanged())
      }),
      Effect.andThen(Effect.never)
    )
  ).pipe(Effect.retry({ while: ({ _tag }) => _tag === "StoreUnavailable", schedule: backOff }))

/** Restores rows that another client changed, at most `maxRowsPerRound` at a time. */
const restoreSuspects = <E extends { readonly message: string }, R>(
  name: string,
  integrity: RowIntegrity,
  restore: (paths: ReadonlySet<string>) => Effect.Effect<ReadonlyArray<string>, E, R>
) =>
  Effect.gen(function* () {
    yield* integrity.awaitSuspects((suspects) => suspects.size > 0)
    yield* awaitQuiet(integrity)
    const round = new Set([...integrity.suspects].slice(0, maxRowsPerRound))
    if (round.size === 0) return
    const [first] = round
    yield* Effect.logWarning(
      `${name}: ${round.size} rows were changed by another client (${first}${round.size > 1 ? " and others" : ""}); folding them again`
    )
    const [duration, restored] = yield* Effect.timed(restore(round))
    integrity.clearSuspects(restored)
    yield* Effect.sleep(Math.min(maxPauseMillis, Math.max(minPauseMillis, Duration.toMillis(duration))))
  }).pipe(
    Effect.tapError(({ message }) => Effect.logWarning(`${name} cannot restore rows yet: ${message}`)),
    Effect.retry(backOff),
    Effect.forever
  )

/** Fails once the bucket is gone, was created again, has lost rows, or its checkpoint is not of this generation. */
const pollBucket = (bucket: Bucket, integrity: RowIntegrity) => {
  let baseline: { readonly incarnation: string; minEntries: number } | undefined
  let missingSince: number | undefined

  const isCertain = (replicas: number) =>
    Effect.map(monotonicMillis, (now) => {
      missingSince ??= now
      return replicas === 1 || now - missingSince >= Duration.toMillis(staleLeaderTimeout)
    })

  const compare = Effect.fnUntraced(function* ({ entries, incarnation, replicas }: BucketState, createdBefore: number) {
    if (baseline && baseline.incarnation !== incarnation) return "its bucket was deleted and created again"
    if (baseline && entries < baseline.minEntries + createdBefore) {
      return (yield* isCertain(replicas)) ? "rows were purged from its bucket" : undefined
    }
    missingSince = undefined
    baseline = {
      incarnation,
      minEntries: Math.max(
        baseline?.minEntries ?? -Infinity,
        entries - integrity.createdCount - integrity.creatingCount
      )
    }
    return undefined
  })

  const check = Effect.gen(function* () {
    const createdBefore = integrity.createdCount
    const state = Option.getOrUndefined(yield* bucket.state)
    const reason = state === undefined ? "its bucket was deleted" : yield* compare(state, createdBefore)
    if (reason !== undefined) return yield* new RowsLost({ reason })
    const { checkpoint, writer } = yield* loadCheckpoint(bucket, progressKey)
    if (checkpoint?.rows !== integrity.generation || writer !== integrity.generation)
      return yield* new GenerationChanged()
  }).pipe(Effect.catchTag("StoreUnavailable", () => Effect.void))

  return Effect.forever(Effect.andThen(check, Effect.sleep(pollInterval)))
}

/**
 * Watches the rows of a view. Restores each row that another client changes; fails when all rows have to be rebuilt.
 */
export const watchRows = <E extends { readonly message: string }, R>(
  name: string,
  bucket: Bucket,
  integrity: RowIntegrity,
  restore: (paths: ReadonlySet<string>) => Effect.Effect<ReadonlyArray<string>, E, R>
): Effect.Effect<never, GenerationChanged | RowsLost, R> =>
  Effect.raceAllFirst([
    Effect.catchTag(observeChanges(bucket, integrity), "StoreUnavailable", () => Effect.never),
    restoreSuspects(name, integrity, restore).pipe(Effect.catch(() => Effect.never)),
    pollBucket(bucket, integrity)
  ])
