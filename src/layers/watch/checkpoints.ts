import { Effect, Option } from "effect"
import { LRUCache } from "lru-cache"
import type { LogUnavailable } from "../EventLog.ts"
import type { Bucket, StoreUnavailable } from "../KeyValue.ts"
import { type Logged, type LogReader, pageSize } from "../LogReader.ts"
import type { Kind } from "../wire/classify.ts"
import { nothing, read, type Standing, Tallies, write } from "./Standing.ts"

/** The bucket in which is kept how the log stood. */
export const totalsBucket = "totals"

/** A standing is kept each time the log has grown by so much. */
export const stride = 5_000

const newest = "newest"
const keyOf = (position: number) => `at.${position}`

type Failure = LogUnavailable | StoreUnavailable

/** Where the log stood, kept now and then, so that it is counted once and not by each process. What is kept is the same whoever keeps it. */
export const checkpoints = (
  bucket: Bucket,
  reader: LogReader["Service"],
  classify: (subject: string) => Kind,
  log: string
) => {
  const known = new LRUCache<number, Standing>({ max: 1_000 })

  const find = (key: string) =>
    Effect.map(bucket.get(key), (entry) => (Option.isSome(entry) ? read(log, entry.value.value) : undefined))

  const put = Effect.fnUntraced(function* (key: string, standing: Standing) {
    const kept = Option.getOrUndefined(yield* bucket.get(key))
    const text = write(log, standing)
    if (kept?.value === text || (read(log, kept?.value ?? "")?.position ?? 0) > standing.position) return
    yield* bucket.put(key, text, kept?.revision ?? 0).pipe(Effect.catchTag("RevisionChanged", () => Effect.void))
  })

  const keep = (standing: Standing) =>
    Effect.suspend(() => {
      known.set(standing.position, standing)
      return Effect.andThen(put(keyOf(standing.position), standing), put(newest, standing))
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

  const at = Effect.fnUntraced(function* (position: number): Effect.fn.Return<Standing, Failure> {
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
    while (tallies.position < position) {
      const page: ReadonlyArray<Logged> = yield* reader.page(tallies.position, position)
      if (page.length === 0) break
      for (const standing of add(tallies, page)) yield* keep(standing)
      if (page.length < pageSize && tallies.position < position) break
    }
    return tallies.standing()
  })

  return {
    /** The newest standing that was kept. */
    last: Effect.map(find(newest), (standing) => standing ?? nothing),
    keep,
    add,
    /** How the log stood at a position that it has reached. */
    at
  }
}

export type Checkpoints = ReturnType<typeof checkpoints>
