import { Effect, Option } from "effect"
import { LRUCache } from "lru-cache"
import type { Kind } from "#layers/codec/subjectClassifier.ts"
import type { Progress } from "#layers/contract/operationsSchema.ts"
import { breathe, scanPage } from "#layers/monitoring/scans/yieldToEventLoop.ts"
import { smallValues } from "#layers/services/boundedValues.ts"
import { totalsBucket } from "#layers/services/buckets.ts"
import type { LogUnavailable } from "#layers/services/EventLog.ts"
import type { Bucket, Entry, StoreUnavailable } from "#layers/services/KeyValue.ts"
import type { Logged, LogReader } from "#layers/services/LogReader.ts"
import { nothing, read, type Standing, Tallies, write } from "./EventCounts.ts"

/** A standing is kept each time the log has grown by so much. */
export const stride = 5_000

/** Who keeps them; what bears no such name was not counted. */
const writer = "counts"

const newest = "newest"
const keyOf = (position: number) => `at.${position}`

/** Hears how far a count has come. */
export type Report = (progress: Progress) => Effect.Effect<void>

type Failure = LogUnavailable | StoreUnavailable

/** Where the log stood, kept now and then, so that it is counted once and not by each process. What is kept is the same whoever keeps it. */
export const checkpoints = (
  bucket: Bucket,
  reader: LogReader["Service"],
  classify: (subject: string) => Kind,
  log: string
) => {
  const known = new LRUCache<number, Standing>({ max: 1_000 })
  let hasKept = false

  const keptIn = (entry: Entry | undefined) => (entry?.writer === writer ? read(log, entry.value) : undefined)

  /** What is kept under a key. What cannot be read, or is of another position than its key says, is counted again. */
  const find = Effect.fnUntraced(
    function* (key: string) {
      const entry = yield* bucket.get(key)
      if (Option.isNone(entry)) return undefined
      const kept = keptIn(entry.value)
      if (kept && (key === newest || key === keyOf(kept.position))) return kept
      yield* Effect.logWarning(`The counts ${key} in the bucket ${totalsBucket} cannot be used; they are counted again`)
      return undefined
    },
    // A bucket that is gone is created again when counts are kept; one that is not reachable is no reason not to count.
    Effect.catchTag("StoreUnavailable", () => Effect.as(Effect.ignore(bucket.ensure), undefined))
  )

  const put = Effect.fnUntraced(function* (key: string, standing: Standing) {
    const kept = Option.getOrUndefined(yield* bucket.get(key))
    const text = write(log, standing)
    if ((keptIn(kept)?.position ?? -1) >= standing.position) return
    const revision = kept?.revision ?? 0
    yield* Effect.catchTag(smallValues(bucket).put(key, text, revision, writer), "RevisionChanged", () => Effect.void)
    hasKept ||= key === newest
  })

  /** What is kept is a convenience: what is not is counted again. A bucket that is gone is created again. */
  const keepUnder = (keys: ReadonlyArray<string>, standing: Standing): Effect.Effect<void> => {
    const putAll = Effect.forEach(keys, (key) => put(key, standing), { discard: true })
    return Effect.catchTag(putAll, "StoreUnavailable", () => Effect.andThen(bucket.ensure, putAll)).pipe(
      Effect.catch(({ message }) => Effect.logDebug(`Counts were not kept: ${message}`))
    )
  }

  const keep = (standing: Standing) =>
    Effect.suspend(() => {
      known.set(standing.position, standing)
      return keepUnder([keyOf(standing.position), newest], standing)
    })

  /** The newest standing that was kept of a log that ends at a position; one that is ahead of it is forgotten. */
  const last = Effect.fnUntraced(function* (end: number) {
    const standing = yield* find(newest)
    hasKept ||= standing !== undefined
    if (standing === undefined || standing.position <= end) return standing ?? nothing
    yield* Effect.logWarning(`The counts ${newest} are ahead of the log: ${standing.position}; they are counted again`)
    yield* Effect.ignore(bucket.remove(newest))
    return nothing
  })

  /** Counts a stretch of messages on top, and hands over each standing that is to be kept. */
  const add = (tallies: Tallies, messages: ReadonlyArray<Logged>): ReadonlyArray<Standing> => {
    const due: Array<Standing> = []
    for (const message of messages) {
      tallies.add(classify(message.subject).type, message)
      if (message.position % stride === 0) due.push(tallies.standing())
    }
    return due
  }

  const at = Effect.fnUntraced(function* (
    position: number,
    report: Report = () => Effect.void
  ): Effect.fn.Return<Standing, Failure> {
    let from: Standing | undefined = nothing
    for (let below = position - (position % stride); below > 0; below -= stride) {
      from = known.get(below) ?? (yield* find(keyOf(below)))
      if (from) {
        known.set(below, from)
        break
      }
      from = nothing
    }
    const tallies = new Tallies(from)
    const begin = tallies.position
    while (tallies.position < position) {
      const page: ReadonlyArray<Logged> = yield* reader.page(
        tallies.position,
        Math.min(position, tallies.position + scanPage)
      )
      if (page.length === 0) break
      for (const standing of add(tallies, page)) yield* keep(standing)
      yield* report({ done: tallies.position - begin, of: position - begin })
      yield* breathe
    }
    return tallies.standing()
  })

  return {
    last,
    keep,
    /** Whether the next process finds where to go on from, if this one has kept or found that. */
    isKept: Effect.suspend(() => (hasKept ? Effect.map(bucket.get(newest), Option.isSome) : Effect.succeed(true))),
    /** Keeps a standing as the newest, from which the next process goes on. */
    keepNewest: (standing: Standing) => keepUnder([newest], standing),
    add,
    /** How the log stood at a position that it has reached. */
    at
  }
}

export type Checkpoints = ReturnType<typeof checkpoints>
